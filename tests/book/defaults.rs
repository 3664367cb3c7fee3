//! The defaults on the page about the stack are those of the program: with each written out, nothing changes.

use tiltyard::scenario::{Memory, Scenario, parse};

use crate::page;

/// Keys that stand under another heading than their own table.
const UNDER: &[(&str, &[&str])] = &[
    (
        "servo.pid",
        &["kp", "ki", "kd", "ff", "dead_band", "derivative_of", "derivative_filter", "setpoint_weight", "anti_windup"],
    ),
    ("tracker.ptz", &["sure", "starts", "hits_min", "keep", "acceleration_density"]),
    ("tracker.ocsort", &["confidence_min", "iou_min"]),
];

fn scenario(stack: &str) -> Result<Scenario, String> {
    let text = format!(
        "schema = 1\ntitle = \"of defaults\"\ncamera = \"ptzoptics-g2-20x\"\nlength = \"1 s\"\n[stack]\n{stack}\n"
    );
    parse("defaults.toml", &text, &[], &Memory::default()).map_err(|wrong| format!("{stack}: {wrong}"))
}

/// Keys and values of the rows `| key | … | default |` whose default is one piece of code.
fn rows(text: &str) -> Vec<(String, String)> {
    let code = |cell: &str| Some(cell.trim().strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [keys, _, default] = cells[..] else { continue };
        let Some(default) = code(default).filter(|default| !default.contains('`')) else { continue };
        found.extend(keys.split(',').filter_map(code).map(|key| (key, default.clone())));
    }
    found
}

/// What is wrong with a row.
fn wrong(key: &str, default: &str) -> Option<String> {
    let under = UNDER.iter().find(|(_, keys)| keys.contains(&key)).map(|(table, _)| *table);
    let full = under.map_or(key.to_owned(), |table| format!("{table}.{key}"));
    let bare = default == "true" || default == "false" || default.starts_with('"') || default.parse::<f64>().is_ok();
    let value = if bare { default.to_owned() } else { format!("\"{default}\"") };
    let without = full.rsplit_once('.').map_or(String::new(), |(table, _)| format!("{table} = {{}}"));
    let of = |stack: &str| {
        scenario(stack).map(|scenario| (scenario.stack.config(&scenario.world), scenario.stack.inference()))
    };
    match (of(&without), of(&format!("{full} = {value}"))) {
        (Ok(without), Ok(with)) if without == with => None,
        (Ok(_), Ok(_)) => Some(format!("{full} is not {value} where absent")),
        (Err(wrong), _) | (_, Err(wrong)) => Some(wrong),
    }
}

#[test]
fn the_defaults_of_the_stack_are_those_of_the_program() {
    let rows: Vec<(String, String)> =
        rows(&page::of_book("stack.md").text).into_iter().filter(|(key, _)| key != "preset").collect();
    assert!(rows.len() > 40, "{} rows", rows.len());
    let told: Vec<String> = rows.iter().filter_map(|(key, default)| wrong(key, default)).collect();
    assert!(told.is_empty(), "docs/stack.md: {}", told.join("\n"));
}

#[test]
fn a_default_that_has_changed_is_seen() {
    assert!(wrong("coast", "701 ms").is_some() && wrong("kp", "4.4").is_some() && wrong("nobody", "1").is_some());
    assert_eq!(wrong("coast", "700 ms"), None);
    assert_eq!(rows("| `a`, `b.c` | what | `1 s` |\n| `d` | what | any |\n| `e` | what |\n").len(), 2);
}
