//! The command lines that reports name: what makes a run again.

/// What makes a run again, and nothing about how it was made (workers, folders): equal runs, equal lines. `sets` are
/// the overrides as typed.
pub fn run_again(file: &str, seed: u64, sets: &[String]) -> String {
    with_sets(format!("tiltyard run {} --seed {seed}", quoted(file)), sets)
}

/// What names the tick, subsystem and field in which this build parts from another one.
pub fn diff_builds(file: &str, seed: u64, sets: &[String]) -> String {
    with_sets(format!("tiltyard diff {} --seed {seed}", quoted(file)), sets) + " --build-b OLD_PROGRAM"
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
    fn words_reach_the_program_as_they_were() {
        assert_eq!(quoted("stack.servo.pid.kp=0.4"), "stack.servo.pid.kp=0.4");
        assert_eq!(quoted("length=3 s"), "'length=3 s'");
        assert_eq!(quoted("title=it's"), r"'title=it'\''s'");
        let sets = ["seed=1".to_owned(), "length=3 s".to_owned()];
        assert_eq!(run_again("a b.toml", 7, &sets), "tiltyard run 'a b.toml' --seed 7 --set seed=1 --set 'length=3 s'");
    }
}
