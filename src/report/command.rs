//! The command lines that reports name: what makes a run again.

/// What makes a run again, and nothing about how it was made (workers, folders): equal runs, equal lines. `sets` are
/// the overrides as typed.
pub fn run_again(file: &str, seed: u64, sets: &[String]) -> String {
    with_sets(format!("tiltyard run {} --seed {seed}", quoted(file)), sets)
}

/// What names the tick, subsystem and field in which a run parts from how it was: with other overrides, with another
/// text, or by another build.
pub fn diff(file: &str, seed: u64, before: &[String], sets: &[String], text_changed: bool) -> String {
    let file = quoted(file);
    if before != sets {
        let command = with_sets(format!("tiltyard diff {file} --seed {seed}"), before);
        return sets.iter().fold(command, |line, set| format!("{line} --set-b {}", quoted(set)));
    }
    if text_changed {
        return with_sets(format!("tiltyard diff OLD_FILE {file} --seed {seed}"), sets);
    }
    with_sets(format!("tiltyard diff {file} --seed {seed}"), sets) + " --build-b OLD_PROGRAM"
}

fn with_sets(command: String, sets: &[String]) -> String {
    sets.iter().fold(command, |line, set| format!("{line} --set {}", quoted(set)))
}

/// As one word of a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=+:,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_is_told_apart_by_is_what_changed() {
        let (none, kp) = (Vec::new(), vec!["stack.servo.pid.kp=2".to_owned()]);
        let said = |before: &[String], sets: &[String], text| diff("a.toml", 7, before, sets, text);
        assert_eq!(said(&none, &none, false), "tiltyard diff a.toml --seed 7 --build-b OLD_PROGRAM");
        assert_eq!(said(&none, &none, true), "tiltyard diff OLD_FILE a.toml --seed 7");
        assert_eq!(said(&none, &kp, true), "tiltyard diff a.toml --seed 7 --set-b stack.servo.pid.kp=2");
        assert_eq!(
            said(&kp, &kp, false),
            "tiltyard diff a.toml --seed 7 --set stack.servo.pid.kp=2 --build-b OLD_PROGRAM"
        );
    }

    #[test]
    fn words_reach_the_program_as_they_were() {
        assert_eq!(quoted("stack.servo.pid.kp=0.4"), "stack.servo.pid.kp=0.4");
        assert_eq!(quoted("length=3 s"), "'length=3 s'");
        assert_eq!(quoted("title=it's"), r"'title=it'\''s'");
        let sets = ["seed=1".to_owned(), "length=3 s".to_owned()];
        assert_eq!(run_again("a b.toml", 7, &sets), "tiltyard run 'a b.toml' --seed 7 --set seed=1 --set 'length=3 s'");
    }
}
