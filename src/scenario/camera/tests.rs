//! The camera files: all of them sound, their numbers the manuals', and mistakes in them shown in place.

use tiltyard_visca::{Address, Positions, Quirks, SonyHeader};

use super::*;

#[test]
fn every_camera_of_the_folder_is_built_in_and_sound() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cameras");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    names.sort();
    assert_eq!(names, cameras().iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    for (name, text) in cameras() {
        let model = load_camera(name, name, text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        assert_eq!(model.name, *name);
        assert_eq!(model.protocol.check(), Ok(()), "{name}");
    }
}

#[test]
fn the_motors_can_do_what_the_tables_say() {
    for (name, text) in cameras() {
        let model = load_camera(name, name, text).unwrap();
        for (mechanics, axis) in [(model.pan, &model.protocol.pan), (model.tilt, &model.protocol.tilt)] {
            // Torque to accelerate at top speed: I·α with α in rad/s², and the friction at that speed.
            let radians = mechanics.acceleration_dps2 * core::f64::consts::PI / 180.0;
            let top_dps = axis.speed_dps.last().copied().unwrap();
            let needed = mechanics.inertia_kg_m2 * radians + mechanics.friction_nm_per_dps * top_dps;
            assert!(needed < mechanics.torque_max_nm, "{name}: needs {needed} N m");
        }
    }
}

#[test]
fn a_broken_camera_is_shown_in_its_own_file() {
    let text = built_in("generic-20x").unwrap().replacen("[zoom]", "[zoom]\nsped = 1", 1).replacen(
        "schema = 1",
        "schema = 2",
        1,
    );
    let diagnostics = load_camera("x", "my/x.toml", &text).unwrap_err();
    let first = diagnostics.iter().next().unwrap();
    assert_eq!((first.file.as_str(), first.key.as_str()), ("my/x.toml", "zoom.sped"));
}

#[test]
fn the_protocol_table_fills_the_quirks() {
    let quirks = |name: &str| load_camera(name, name, built_in(name).unwrap()).unwrap().protocol.quirks;
    assert_eq!(quirks("generic-20x"), Quirks::default());
    let ptz = quirks("ptzoptics-g2-20x");
    assert_eq!((ptz.cancels, ptz.joins_replies, ptz.drive_ends_move, ptz.version[0]), (false, true, true, 0x52));
    let srg = quirks("sony-srg-300h");
    assert_eq!((srg.cancels, srg.drive_ends_move, srg.reply_port), (true, false, Some(52381)));
    assert_eq!((srg.v_cycle.as_micros(), srg.deaf_after_reply.as_millis()), (16_700, 8));
    assert_eq!(quirks("sony-brc-300").positions, Positions::Five);
    assert_eq!(quirks("avkans-e20").sony, SonyHeader::Ignored);
}

#[test]
fn each_key_of_the_protocol_table_is_read() {
    let table = r#"
        [protocol]
        transports = { value = [{ serial = 9600 }], source = "s" }
        positions = { value = "five", source = "s" }
        v_cycle = { value = "20 ms", source = "s" }
        deaf_after_reply = { value = "8 ms", source = "s" }
        drive_ends_move = { value = false, source = "s" }
        cancels = { value = false, source = "s" }
        takes_speed_zero = { value = true, source = "s" }
        completes = { value = false, source = "s" }
        joins_replies = { value = false, source = "s" }
        inquiries_take_sockets = { value = true, source = "s" }
        replies_as = { value = 2, source = "s" }
        sony_header = { value = "one-to-three", source = "s" }
        reply_port = { value = 52381, source = "s" }
        version = { value = [1, 2, 3], source = "s" }
        initialises_for = { value = "7 s", source = "s" }
        one_client = { value = true, source = "s" }
        stray_error_every = { value = 5, source = "s" }
    "#;
    let ms = core::time::Duration::from_millis;
    let expected = Quirks {
        positions: Positions::Five,
        v_cycle: ms(20),
        deaf_after_reply: ms(8),
        drive_ends_move: false,
        cancels: false,
        takes_speed_zero: true,
        completes: false,
        joins_replies: false,
        inquiries_take_sockets: true,
        replies_as: Address::new(2),
        sony: SonyHeader::OneToThree,
        reply_port: Some(52381),
        version: [1, 2, 3],
        initialises_for: ms(7000),
        one_client: true,
        stray_error_every: 5,
    };
    assert_eq!(load_camera("x", "x", &with_protocol(table)).unwrap().protocol.quirks, expected);
}

fn with_protocol(table: &str) -> String {
    let generic = built_in("generic-20x").unwrap();
    generic.split("[protocol]").next().unwrap().to_owned() + table
}

#[test]
fn a_broken_protocol_table_is_shown_at_its_keys() {
    let complaints = |table: &str| -> Vec<String> {
        let table = format!("[protocol]\n{table}\n");
        let diagnostics = load_camera("x", "x", &with_protocol(&table)).unwrap_err();
        diagnostics.iter().map(|found| format!("{}: {}", found.key, found.message)).collect()
    };
    for (table, expected) in [
        ("replies_as = { value = 9, source = \"s\" }", "protocol.replies_as.value: there is no camera 9"),
        ("cancels = { value = true, source = \" \" }", "protocol.cancels.source: "),
        ("cancels = true", "protocol.cancels: "),
        ("cancel = { value = true, source = \"s\" }", "protocol.cancel: "),
        ("v_cycle = { value = 20, source = \"s\" }", "protocol.v_cycle.value: "),
        ("sony_header = { value = \"no\", source = \"s\" }", "protocol.sony_header.value: "),
        ("transports = { value = [], source = \"s\" }", "protocol.transports.value: the camera cannot be reached"),
        ("transports = { value = [{ tcp = 0 }], source = \"s\" }", "protocol.transports.value[0]: "),
        ("reply_port = { value = 0, source = \"s\" }", "protocol.reply_port.value: "),
    ] {
        let found = complaints(table);
        assert!(found[0].starts_with(expected), "{table}: {found:?}");
    }
}

#[test]
fn the_ends_of_the_ranges_are_those_of_the_manuals() {
    // Left, right, down, up: four nibbles, sixteen bits signed; BRC five of pan.
    let four = |ends: [u16; 4]| ends.map(|end| i32::from(end as i16));
    let family = four([0xF670, 0x0990, 0xFE50, 0x0510]);
    let h100 = four([0xE1E5, 0x1E1B, 0xFC75, 0x0FF0]);
    let brc = [0x08A58, 0xF75A8 - 0x10_0000, 0xE796 - 0x1_0000, 0x493D];
    for (name, ends) in [
        ("avkans-e20", family),
        ("avonic-cm93-ndi", family),
        ("ptzoptics-g2-12x", family),
        ("ptzoptics-g2-20x", family),
        ("ptzoptics-g2-30x", family),
        ("sony-brc-300", brc),
        ("sony-brc-h700", brc),
        ("sony-evi-d100", four([0xFA60, 0x05A0, 0xFE98, 0x0168])),
        ("sony-evi-d30", [-0x0370, 0x0370, -300, 300]),
        ("sony-evi-d70", four([0xF725, 0x08DB, 0xFE70, 0x04B0])),
        ("sony-evi-h100s", h100),
        ("sony-srg-300h", h100),
        ("telycam-tlc-700", family),
    ] {
        let Model { pan, tilt, .. } = load_camera(name, name, built_in(name).unwrap()).unwrap().protocol;
        let found = [
            pan.units_of(pan.min_deg),
            pan.units_of(pan.max_deg),
            tilt.units_of(tilt.min_deg),
            tilt.units_of(tilt.max_deg),
        ];
        assert_eq!(found, ends, "{name}");
    }
}

#[test]
fn twenty_bits_of_pan_need_five_nibbles() {
    let brc = built_in("sony-brc-300").unwrap();
    let four = brc.replace("value = \"five\"", "value = \"four\"");
    let diagnostics = load_camera("x", "x", &four).unwrap_err();
    let first = diagnostics.iter().next().unwrap();
    assert_eq!(
        (first.key.as_str(), first.message.as_str()),
        ("pan.range.value", "-170.27 deg times -208 units/deg leaves 16 bits")
    );
}
