//! What goes well: it follows, over each kind of link, and the counts add up.

use tiltyard::run::live::Order;

use crate::harness::patiently;
use crate::rig::{Rig, is_drive, turns};

#[test]
fn it_follows_over_udp_and_its_counts_add_up() {
    let rig = Rig::start("udp", "", "udp", true);
    rig.until_it_follows();
    let handle = rig.live().handle();
    let mut before = 0;
    for _ in 0..20 {
        let tick = handle.metadata().wait_newer(before, crate::harness::PATIENCE).unwrap();
        assert!(tick.sequence > before, "never an older one");
        before = tick.sequence;
    }
    let tick = handle.metadata().latest().unwrap();
    assert_eq!((tick.schema, tick.camera_id.as_ref()), ("drone-ptz-metadata/1", "generic-20x"));
    assert!(tick.ptz.connected && tick.age_ms > 0.0);
    let (end, camera) = rig.end();
    let status = end.status;
    assert!(end.stopped && !end.hung && !end.panicked);
    let pending = status.captured - status.decided - status.dropped - status.stale;
    assert!(pending <= 1, "captured = decided + dropped + stale + waiting: {status:?}");
    assert!(status.decided >= 20 && status.loop_latency.p50_ms >= status.age.p50_ms);
    assert!(!turns(&camera.truth()), "STOP was the last word, and proved");
    assert!(handle.metadata().wait_newer(u64::MAX, crate::harness::PATIENCE).is_none(), "closed: nobody waits");
}

#[test]
fn it_follows_over_tcp_and_under_sonys_header() {
    let follows = |way| {
        let rig = Rig::start(way, "", way, true);
        rig.until_it_follows();
        let (end, camera) = rig.end();
        assert!(end.stopped && !turns(&camera.truth()), "{way}");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| follows("tcp"));
        scope.spawn(|| follows("sony"));
    });
}

#[test]
fn a_dry_run_decides_and_sends_nothing_that_moves() {
    let rig = Rig::start("dry", "", "udp", false);
    let handle = rig.live().handle();
    patiently("a wish to move", || handle.metadata().latest()?.error_deg.filter(|error| error[0].abs() > 5.0));
    let log = rig.log_after(0);
    let heard: Vec<&str> =
        log.iter().filter(|line| line["what"] == "heard").filter_map(|line| line["text"].as_str()).collect();
    assert!(!heard.is_empty() && heard.iter().all(|text| text.ends_with('?') || text.contains("inquiry")), "{heard:?}");
    assert!(!log.iter().any(is_drive));
    let (end, camera) = rig.end();
    assert!(end.stopped, "there was nothing to prove");
    assert_eq!((end.status.stops, camera.pan_deg()), (0, 0.0));
}

#[test]
fn an_order_changes_whom_it_follows() {
    let rig = Rig::start("order", "", "udp", true);
    rig.until_it_follows();
    let handle = rig.live().handle();
    // Nobody has this id.
    handle.order(Order::Follow(4_000_000));
    patiently("nobody to follow", || {
        handle.metadata().latest().filter(|tick| tick.selected_target_id.is_none() && !tick.tracks.is_empty())
    });
    handle.order(Order::Clear);
    patiently("somebody to follow", || handle.metadata().latest()?.selected_target_id);
}
