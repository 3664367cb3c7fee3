//! `--shard I/N`: which share of a sweep is made here.

use core::str::FromStr;

use crate::sweep::Shard;

/// As it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardArgument {
    /// From 1; `None` where the environment says.
    index: Option<u64>,
    of: u64,
}

impl FromStr for ShardArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no share (expected I/N with I from 1 to N, such as 3/16, or auto/16)");
        let (index, of) = text.split_once('/').ok_or_else(bad)?;
        let of: u64 = of.parse().map_err(|_| bad())?;
        let index = if index == "auto" { None } else { Some(index.parse::<u64>().map_err(|_| bad())?) };
        let fits = index.is_none_or(|index| (1..=of).contains(&index));
        if fits && (1..=1_000_000).contains(&of) { Ok(Self { index, of }) } else { Err(bad()) }
    }
}

/// Variables in which schedulers tell a task its number: `HyperQueue`'s and Slurm's arrays, counted from 1
/// as `sweep submit` makes them, and Kubernetes' indexed jobs, counted from 0.
const VARIABLES: [(&str, u64); 3] = [("HQ_TASK_ID", 0), ("SLURM_ARRAY_TASK_ID", 0), ("JOB_COMPLETION_INDEX", 1)];

impl ShardArgument {
    /// The share that is meant.
    pub fn resolve(&self) -> Result<Shard, String> {
        self.resolve_in(&|name| std::env::var(name).ok())
    }

    fn resolve_in(self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
        let of = self.of;
        if let Some(index) = self.index {
            return Ok(Shard { index: index - 1, of });
        }
        let found = VARIABLES.into_iter().find_map(|(name, add)| Some((name, add, variable(name)?)));
        let Some((name, add, text)) = found else {
            let names = VARIABLES.map(|(name, _)| name).join(", ");
            return Err(format!("--shard auto/{of}: none of {names} is set (name the share: --shard I/{of})"));
        };
        let index = text.parse::<u64>().ok().map(|number| number + add).filter(|index| (1..=of).contains(index));
        let index =
            index.ok_or_else(|| format!("--shard auto/{of}: {name} is `{text}`, which is none of {of} shares"))?;
        Ok(Shard { index: index - 1, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_counted_from_one() {
        let resolve = |text: &str| text.parse::<ShardArgument>().unwrap().resolve_in(&|_| None);
        assert_eq!(resolve("1/4"), Ok(Shard { index: 0, of: 4 }));
        assert_eq!(resolve("4/4"), Ok(Shard { index: 3, of: 4 }));
        for text in ["0/4", "5/4", "1", "a/4", "1/0", "-1/4", "1/9999999"] {
            assert!(text.parse::<ShardArgument>().unwrap_err().contains("I/N"), "{text}");
        }
    }

    #[test]
    fn schedulers_are_asked() {
        let auto: ShardArgument = "auto/4".parse().unwrap();
        let with = |name: &'static str, value: &'static str| {
            auto.resolve_in(&move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(with("HQ_TASK_ID", "1"), Ok(Shard { index: 0, of: 4 }));
        assert_eq!(with("SLURM_ARRAY_TASK_ID", "4"), Ok(Shard { index: 3, of: 4 }));
        assert_eq!(with("JOB_COMPLETION_INDEX", "0"), Ok(Shard { index: 0, of: 4 }));
        assert!(with("SLURM_ARRAY_TASK_ID", "5").unwrap_err().contains("none of 4 shares"));
        assert!(with("HOME", "1").unwrap_err().contains("HQ_TASK_ID"));
    }
}
