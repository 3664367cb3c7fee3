//! Rules, locks and heirs on tracks made by hand, ten frames a second.

use super::*;
use crate::stack::frame::PixelBox;
use crate::stack::geometry::Bearing;

const RELEASE: Duration = Duration::from_millis(300);
const PATIENCE: Patience = Patience { coast: Duration::from_millis(700), grace: Duration::from_secs(2) };
const VIEW: View =
    View { axis: Bearing { az_deg: 0.0, el_deg: 0.0 }, hfov_deg: 60.0, width_px: 1280.0, height_px: 720.0 };

fn at(frame: u64) -> SimTime {
    SimTime::from_millis(frame * 100)
}

/// Somebody 3° by 9° who stands still, seen in that frame.
fn track(id: u32, frame: u64, az_deg: f64) -> Track {
    let (w_px, h_px) = (VIEW.px_of_angle(3.0), VIEW.px_of_angle(9.0));
    Track {
        id,
        label: Arc::from("person"),
        confidence: 0.9,
        bbox: PixelBox { x_px: 0.0, y_px: 0.0, w_px, h_px },
        bearing: Bearing { az_deg, el_deg: 0.0 },
        rate_dps: [0.0; 2],
        at: at(frame),
        seen_at: at(frame),
        hits: 3,
    }
}

fn sized(mut track: Track, times: f64) -> Track {
    track.bbox.w_px *= times;
    track.bbox.h_px *= times;
    track
}

fn labelled(mut track: Track, label: &str) -> Track {
    track.label = Arc::from(label);
    track
}

fn selector(rule: Rule) -> Selector {
    Selector::new(rule, RELEASE, PATIENCE, Some(LockConfig::default()))
}

/// Whom it follows, by track and lock, and whether they are seen.
fn choose(selector: &mut Selector, frame: u64, tracks: &[Track]) -> Option<(u32, u32, bool)> {
    let followed = selector.choose(at(frame), tracks, &VIEW)?;
    Some((followed.track.id, followed.lock, followed.seen))
}

/// A selector that has followed track 1 at 0° from frame 0 to frame 4, with somebody else at 20°.
fn following() -> Selector {
    let mut selector = selector(Rule::Nearest);
    for frame in 0..=4 {
        assert_eq!(choose(&mut selector, frame, &[track(1, frame, 0.0), track(2, frame, 20.0)]), Some((1, 1, true)));
    }
    selector
}

#[test]
fn each_rule_chooses_its_own() {
    let tracks = [
        sized(track(1, 0, 10.0), 3.0),
        track(2, 0, -2.0),
        track(3, 0, 2.0),
        labelled(track(4, 0, 5.0), "dog"),
        labelled(track(5, 0, -4.0), "dog"),
    ];
    let chosen = |rule| choose(&mut selector(rule), 0, &tracks).map(|(id, ..)| id);
    assert_eq!(chosen(Rule::Nearest), Some(2), "a tie goes to the lower id");
    assert_eq!(chosen(Rule::Largest), Some(1));
    assert_eq!(chosen(Rule::Id(3)), Some(3));
    assert_eq!(chosen(Rule::Id(9)), None);
    assert_eq!(chosen(Rule::Label(Arc::from("dog"))), Some(5), "the nearest of them");
    assert_eq!(chosen(Rule::Label(Arc::from("cat"))), None);
    assert_eq!(chosen(Rule::None), None);
}

#[test]
fn a_lock_does_not_move_while_its_track_is_seen() {
    let mut selector = selector(Rule::Largest);
    choose(&mut selector, 0, &[track(1, 0, 0.0)]);
    for frame in 1..100 {
        let both = [track(1, frame, 0.0), sized(track(2, frame, 1.0), 5.0)];
        assert_eq!(choose(&mut selector, frame, &both), Some((1, 1, true)));
    }
}

#[test]
fn an_identity_switch_of_the_tracker_does_not_lose_the_person() {
    let mut selector = following();
    // Track 1 is not seen any more; track 3 begins where it was.
    let switched = |frame| [track(1, 4, 0.0), track(2, frame, 20.0), track(3, frame, 0.5)];
    for frame in 5..=7 {
        assert_eq!(choose(&mut selector, frame, &switched(frame)), Some((1, 1, false)), "until the release time");
    }
    assert_eq!(choose(&mut selector, 8, &switched(8)), Some((3, 1, true)), "the same lock on another track");
    // Where the track has ended, nobody has to wait.
    let mut selector = following();
    assert_eq!(choose(&mut selector, 5, &switched(5)[1..]), Some((3, 1, true)));
}

#[test]
fn a_lookalike_out_of_reach_does_not_inherit() {
    let mut selector = following();
    // 0.5 + 0.5 · 0.5 s = 0.75 sizes of 9° = 6.75°.
    for frame in 5..=24 {
        let lookalike = track(3, frame.max(9), if frame < 9 { 99.0 } else { 7.0 });
        let tracks = [track(2, frame, 20.0), lookalike];
        let tracks = if frame < 9 { &tracks[..1] } else { &tracks[..] };
        let expected = Some((1, 1, false));
        assert_eq!(
            choose(&mut selector, frame, tracks),
            expected,
            "frame {frame}: judged when it came, and never again"
        );
    }
    assert_eq!(
        choose(&mut selector, 25, &[track(2, 25, 20.0), track(3, 25, 7.0)]),
        Some((3, 2, true)),
        "grace is over"
    );
    // The same one inside the reach.
    let mut selector = following();
    for frame in 5..=8 {
        choose(&mut selector, frame, &[track(2, frame, 20.0)]);
    }
    assert_eq!(choose(&mut selector, 9, &[track(2, 9, 20.0), track(3, 9, 6.5)]), Some((3, 1, true)));
}

#[test]
fn somebody_of_another_size_or_label_does_not_inherit() {
    for newcomer in [sized(track(3, 9, 0.0), 0.6), sized(track(3, 9, 0.0), 1.6), labelled(track(3, 9, 0.0), "dog")] {
        let mut selector = following();
        assert_eq!(choose(&mut selector, 9, &[newcomer]), Some((1, 1, false)));
    }
}

#[test]
fn who_was_there_all_the_time_does_not_inherit() {
    let mut selector = selector(Rule::Nearest);
    for frame in 0..=4 {
        choose(&mut selector, frame, &[track(1, frame, 0.0), track(2, frame, 2.0)]);
    }
    for frame in 5..=24 {
        assert_eq!(choose(&mut selector, frame, &[track(2, frame, 0.0)]), Some((1, 1, false)), "frame {frame}");
    }
}

#[test]
fn who_comes_back_as_another_is_that_other() {
    // Both vanish; a newcomer turns up where the other was, within reach of the target.
    let mut selector = selector(Rule::Nearest);
    for frame in 0..=4 {
        choose(&mut selector, frame, &[track(1, frame, 0.0), track(2, frame, 5.0)]);
    }
    assert_eq!(choose(&mut selector, 9, &[track(3, 9, 4.6)]), Some((1, 1, false)));
    assert_eq!(choose(&mut selector, 10, &[track(3, 10, 4.6), track(4, 10, 0.5)]), Some((4, 1, true)));
}

#[test]
fn the_best_of_several_inherits_and_of_equals_the_older() {
    let mut selector = following();
    assert_eq!(choose(&mut selector, 9, &[track(3, 9, -3.0), track(4, 9, 1.0)]), Some((4, 1, true)));
    let mut selector = following();
    assert_eq!(choose(&mut selector, 9, &[track(3, 9, -1.0), track(4, 9, 1.0)]), Some((3, 1, true)));
    // Size decides where the place does not.
    let mut selector = following();
    assert_eq!(choose(&mut selector, 9, &[sized(track(3, 9, -1.0), 1.2), track(4, 9, 1.0)]), Some((4, 1, true)));
}

#[test]
fn a_track_that_went_to_somebody_else_is_left() {
    // Track 1 is seen again after a second, 20° away: the tracker gave it to somebody else.
    let mut selector = following();
    for frame in 14..=20 {
        let stolen = track(1, frame, if frame < 16 { 20.0 } else { 10.0 });
        assert_eq!(choose(&mut selector, frame, &[stolen]), Some((1, 1, false)), "frame {frame}");
    }
    assert_eq!(choose(&mut selector, 21, &[track(1, 21, 10.0), track(5, 21, 0.0)]), Some((5, 1, true)));
}

#[test]
fn a_target_that_jumps_in_the_open_is_followed() {
    // Gone in one frame and there in the next, 15° away: the camera was knocked.
    let jump = |newcomers: &[Track], partly: bool| {
        let mut selector = following();
        if partly {
            let mut part = track(1, 5, 0.0);
            part.bbox.w_px *= 0.5;
            choose(&mut selector, 5, &[part, track(2, 5, 20.0)]);
        }
        (6..=9)
            .map(|frame| {
                let now: Vec<Track> = newcomers.iter().map(|one| Track { seen_at: at(frame), ..one.clone() }).collect();
                choose(&mut selector, frame, &now)
            })
            .last()
            .unwrap()
    };
    assert_eq!(jump(&[track(3, 6, -15.0)], false), Some((3, 1, true)));
    assert_eq!(jump(&[track(3, 6, -15.0)], true), Some((1, 1, false)), "it went behind something: who is that?");
    assert_eq!(jump(&[sized(track(3, 6, -15.0), 0.6)], false), Some((1, 1, false)), "a child");
    assert_eq!(jump(&[track(3, 6, -15.0), track(4, 6, 3.0)], false), Some((4, 1, true)), "who agrees comes first");
}

#[test]
fn two_tracks_that_change_places_are_seen_through() {
    // Track 1 is the target, 9° tall; track 2 somebody 6.3° tall who crosses. Then each has the other's box.
    for [own, other] in [[1, 2], [2, 1]] {
        let mut selector = selector(Rule::Largest);
        let frame = |frame, of_target, of_other| {
            let mut both = [track(of_target, frame, 0.0), sized(track(of_other, frame, 1.0), 0.7)];
            both.sort_by_key(|track| track.id);
            both
        };
        assert_eq!(choose(&mut selector, 0, &frame(0, own, other)), Some((own, 1, true)));
        assert_eq!(choose(&mut selector, 1, &frame(1, own, other)), Some((own, 1, true)));
        // One frame may be noise, two are a fact.
        assert_eq!(choose(&mut selector, 2, &frame(2, other, own)), Some((own, 1, false)));
        assert_eq!(choose(&mut selector, 3, &frame(3, other, own)), Some((other, 1, true)), "they have changed places");
        assert_eq!(choose(&mut selector, 4, &frame(4, other, own)), Some((other, 1, true)));
    }
}

#[test]
fn a_track_that_takes_the_box_of_who_stands_before_it_is_seen_through() {
    // The target goes behind somebody larger; its track takes their box, and theirs is not seen. When the target comes
    // out, it gets the other's track.
    let mut selector = selector(Rule::Id(1));
    let larger = |id, frame| sized(track(id, frame, 1.0), 1.35);
    for frame in 0..3 {
        assert_eq!(choose(&mut selector, frame, &[track(1, frame, 0.0), larger(2, frame)]), Some((1, 1, true)));
    }
    for frame in 3..6 {
        assert_eq!(choose(&mut selector, frame, &[larger(1, frame), larger(2, 2)]), Some((1, 1, false)), "{frame}");
    }
    assert_eq!(choose(&mut selector, 6, &[larger(1, 6), track(2, 6, -0.5)]), Some((2, 1, true)));
}

#[test]
fn only_after_the_grace_the_rule_chooses_anew() {
    let mut selector = following();
    for frame in 5..=24 {
        assert_eq!(choose(&mut selector, frame, &[track(2, frame, 20.0)]), Some((1, 1, false)));
    }
    assert_eq!(choose(&mut selector, 25, &[track(2, 25, 20.0)]), Some((2, 2, true)), "another lock");
    let mut alone = following();
    assert_eq!(choose(&mut alone, 25, &[]), None);
}

#[test]
fn a_challenger_has_to_be_clearly_better_for_a_while() {
    let challenge = Some(Challenge { better: 2.0, hold: Duration::from_secs(1) });
    let config = LockConfig { challenge, ..LockConfig::default() };
    let mut selector = Selector::new(Rule::Largest, RELEASE, PATIENCE, Some(config));
    choose(&mut selector, 0, &[track(1, 0, 0.0)]);
    // 1.3² = 1.7 times the area is not clearly more; 1.5² = 2.3 times is. A break of one frame begins anew.
    let mut followed = |frame, times| {
        let both = [track(1, frame, 0.0), sized(track(2, frame, 9.0), times)];
        choose(&mut selector, frame, &both).map(|(id, lock, _)| (id, lock))
    };
    for frame in 1..30 {
        assert_eq!(followed(frame, 1.3), Some((1, 1)));
    }
    for frame in 30..39 {
        assert_eq!(followed(frame, 1.5), Some((1, 1)));
    }
    assert_eq!(followed(39, 1.3), Some((1, 1)));
    for frame in 40..50 {
        assert_eq!(followed(frame, 1.5), Some((1, 1)), "frame {frame}");
    }
    assert_eq!(followed(50, 1.5), Some((2, 2)), "for a second, and another lock");
}

/// Track 2, at 2°, takes the lock over from track 1, at 8°, in frame 10; then its box is so many times as large.
fn taken_over(times: f64) -> Selector {
    let challenge = Some(Challenge { better: 2.0, hold: Duration::from_secs(1) });
    let config = LockConfig { challenge, ..LockConfig::default() };
    let mut selector = Selector::new(Rule::Nearest, RELEASE, PATIENCE, Some(config));
    choose(&mut selector, 0, &[track(1, 0, 8.0)]);
    for frame in 1..=11 {
        let better = sized(track(2, frame, 2.0), if frame == 11 { times } else { 1.0 });
        let expected = if frame < 11 { (1, 1, true) } else { (2, 2, true) };
        assert_eq!(choose(&mut selector, frame, &[track(1, frame, 8.0), better]), Some(expected), "frame {frame}");
    }
    selector
}

#[test]
fn who_lost_the_lock_to_a_challenger_is_not_taken_for_them() {
    // Track 2 ends at once; track 1 is still there, in reach, and known to be somebody else.
    let mut selector = taken_over(1.0);
    for frame in 12..=20 {
        assert_eq!(choose(&mut selector, frame, &[track(1, frame, 5.0)]), Some((2, 2, false)), "frame {frame}");
    }
    // And who comes back where track 1 was is track 1.
    let mut selector = taken_over(1.0);
    assert_eq!(choose(&mut selector, 16, &[track(3, 16, 7.5)]), Some((2, 2, false)));
    assert_eq!(choose(&mut selector, 17, &[track(3, 17, 7.5), track(4, 17, 2.5)]), Some((4, 2, true)));
}

#[test]
fn a_challenger_is_remembered_once_and_from_before() {
    // One large box is noise; who comes back is of the size that the challenger had all the time before.
    let mut selector = taken_over(1.2);
    assert_eq!(choose(&mut selector, 12, &[track(1, 12, 8.0), track(3, 12, 2.0)]), Some((3, 2, true)));
}

#[test]
fn uncertainty_grows_while_the_target_is_not_seen() {
    let mut selector = following();
    let uncertain: Vec<f64> =
        (5..9).map(|frame| selector.choose(at(frame), &[], &VIEW).unwrap().uncertainty_deg.unwrap()).collect();
    // 9° · (0.5 + 0.5 · 0.1 s) and 0.45° more each frame.
    assert!((uncertain[0] - 4.95).abs() < 1e-9, "{uncertain:?}");
    assert!(uncertain.windows(2).all(|pair| (pair[1] - pair[0] - 0.45).abs() < 1e-9), "{uncertain:?}");
}

#[test]
fn another_rule_forgets_the_choice_but_not_the_count() {
    let mut selector = following();
    selector.set_rule(Rule::Id(2));
    assert_eq!(selector.locked(), None);
    assert_eq!(choose(&mut selector, 5, &[track(1, 5, 0.0), track(2, 5, 20.0)]), Some((2, 2, true)));
}

#[test]
fn without_a_memory_a_target_that_is_gone_is_let_go_for_one_that_is_there() {
    let mut selector = Selector::new(Rule::Largest, RELEASE, PATIENCE, None);
    choose(&mut selector, 0, &[track(1, 0, 0.0)]);
    let gone = |frame| [track(1, 0, 0.0), track(2, frame, 10.0)];
    let mut followed = |frame| choose(&mut selector, frame, &gone(frame)).map(|(id, ..)| id);
    assert_eq!([followed(2), followed(3), followed(4), followed(5)], [Some(1), Some(1), Some(2), Some(2)]);
    assert_eq!(choose(&mut selector, 6, &[]), None, "and forgotten with its track");
}
