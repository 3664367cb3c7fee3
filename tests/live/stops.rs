//! What goes wrong, and that the camera stands: frozen and missing video, a control thread that hangs or panics, the
//! end.

use crate::harness::patiently;
use crate::rig::{Rig, turns};

fn alarm(rig: &Rig, what: &str) {
    patiently(what, || Some(()).filter(|()| rig.live().handle().status().alarm == Some(what)));
}

/// A fault that begins after the stack has had time to follow, and ends.
fn fault(what: &str) -> String {
    format!("[[fault]]\nat = \"2500 ms\"\nfor = \"5 s\"\n{what}\n")
}

fn until_fault(rig: &Rig, active: bool) {
    rig.camera.until("the fault", |truth| truth["faults"][0]["active"] == active);
}

/// The two at the same time, because most of it is waiting for the faults.
#[test]
fn a_frozen_picture_and_no_video_end_in_stop_and_the_stack_drives_again_after_them() {
    std::thread::scope(|scope| {
        scope.spawn(a_frozen_picture);
        scope.spawn(no_video);
    });
}

fn a_frozen_picture() {
    let rig = Rig::start("freeze", &fault("video.freeze = {}"), "udp", true);
    rig.until_it_follows();
    until_fault(&rig, true);
    let line = rig.until_it_stands();
    alarm(&rig, "the picture is frozen");
    let said = || {
        let status = rig.live().handle().status();
        (status.commands_sent, status.commands_withheld, status.commands_lost)
    };
    let before = said();
    rig.nobody_drives_after(line);
    assert_eq!(said(), before, "decisions go on, and the stack says nothing that could not leave");
    assert_eq!(before.2, 0, "a message whose reply goes to the dead-man is not lost");
    until_fault(&rig, false);
    rig.until_it_drives_after(line);
    rig.until_it_follows();
    assert!(rig.end().0.stopped);
}

fn no_video() {
    let rig = Rig::without_dead_man("drop", &fault("video.drop = { probability = 1.0 }"));
    rig.until_it_follows();
    until_fault(&rig, true);
    let line = rig.until_it_stands();
    assert_eq!(rig.live().handle().status().held.as_deref(), Some("no video"));
    rig.nobody_drives_after(line);
    until_fault(&rig, false);
    rig.until_it_drives_after(line);
    assert!(rig.end().0.stopped);
}

#[test]
fn a_control_thread_that_hangs_cannot_keep_the_camera_from_being_stopped() {
    let rig = Rig::without_dead_man("hang", "");
    rig.until_it_follows();
    rig.mood.hang.open();
    let line = rig.until_it_stands();
    assert_eq!(rig.live().handle().status().held.as_deref(), Some("the control loop is stalled"));
    rig.nobody_drives_after(line);
    rig.mood.go_on.open();
    rig.until_it_drives_after(line);
    let (end, camera) = rig.end();
    assert!(end.stopped && !end.hung && !turns(&camera.truth()));
}

#[test]
fn the_end_comes_while_the_control_thread_hangs() {
    let rig = Rig::start("hang-end", "", "tcp", true);
    rig.until_it_follows();
    rig.mood.hang.open();
    let go_on = rig.mood.go_on.clone();
    let (end, camera) = rig.end();
    assert!(end.stopped && end.hung, "stopped, proved, and left behind");
    assert!(!turns(&camera.truth()));
    go_on.open();
}

#[test]
fn a_panic_ends_in_the_last_stop() {
    let rig = Rig::start("panic", "", "udp", true);
    rig.until_it_follows();
    rig.mood.panic.open();
    patiently("the end of the control thread", || Some(()).filter(|()| rig.live().is_over()));
    let line = rig.until_it_stands();
    assert_eq!(rig.live().handle().status().held.as_deref(), Some("the tracker panicked"));
    rig.nobody_drives_after(line);
    let (end, _camera) = rig.end();
    assert!(end.stopped && end.panicked);
}

#[test]
fn a_session_that_is_dropped_stops_the_camera() {
    let mut rig = Rig::start("dropped", "", "udp", true);
    rig.until_it_follows();
    drop(rig.live.take());
    rig.camera.until("rest", |truth| !turns(truth));
}
