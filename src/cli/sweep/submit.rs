//! `tiltyard sweep submit`: the shares of a sweep as the tasks of a scheduler.
//!
//! A task is `tiltyard sweep FILE --shard auto/N`, which may be killed and run again as often as the scheduler likes:
//! what is there is not made again. So the job needs nothing of a scheduler but an array that runs lost tasks again.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};

use super::super::{Exit, Failure, out};
use super::{Place, plan};
use crate::sweep::execute::parts_of_first_round;
use crate::sweep::plan::What;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Whose tasks they are
    #[arg(long, value_enum)]
    engine: Engine,
    /// Shares that the sweep is cut into, a task each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    shards: u32,
    /// Container image with the program, for k8s
    #[arg(long, value_name = "IMAGE", required_if_eq("engine", "k8s"))]
    image: Option<String>,
    /// Start it, too (hq and slurm)
    #[arg(long)]
    start: bool,
}

/// Schedulers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// `hq submit`, of `HyperQueue`
    Hq,
    /// `sbatch`, of Slurm
    Slurm,
    /// A Kubernetes indexed job
    K8s,
}

/// Writes the job into the sweep's folder, and starts it where that is wanted.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let plan = plan(&arguments.place.file, What::Sweep)?;
    if plan.file.document.stop.race_after.is_some() {
        return Err(Failure::Usage(format!(
            "{}: a race compares all points, so it runs in one place (leave out `stop.race_after`)",
            plan.file.name
        )));
    }
    let shards = arguments.shards;
    let parts = parts_of_first_round(&plan);
    if u64::from(shards) > parts {
        out::warn(&format!(
            "the sweep has {parts} parts: {} of {shards} tasks find nothing to do",
            u64::from(shards) - parts
        ));
    }
    let folder = arguments.place.folder();
    // Tasks start in folders of their own.
    let whole = |path: &Path| std::path::absolute(path).map_err(Failure::from);
    let (file, folder) = (whole(&arguments.place.file)?, whole(&folder)?);
    let program = std::env::current_exe()?;
    let name = file.file_stem().map_or_else(|| "sweep".into(), |stem| stem.to_string_lossy().into_owned());
    let job = Job { name: &name, program: &program, file: &file, folder: &folder, shards };
    let (path, text) = match arguments.engine {
        Engine::Hq => (folder.join("submit-hq.sh"), job.hq()),
        Engine::Slurm => (folder.join("submit-slurm.sh"), job.slurm()),
        Engine::K8s => (folder.join("job.yaml"), job.k8s(arguments.image.as_deref().unwrap_or_default())),
    };
    out::write_file(&path, text)?;
    out::print(&format!("wrote {}\n", path.display()))?;
    match (arguments.engine, arguments.start) {
        (Engine::K8s, true) => {
            return Err(Failure::Usage(format!("start it with: kubectl apply -f {}", path.display())));
        }
        (Engine::Hq, true) => started("sh", &path)?,
        (Engine::Slurm, true) => started("sbatch", &path)?,
        (_, false) => {}
    }
    let merge = format!("tiltyard sweep merge {} --out {}", file.display(), folder.display());
    out::print(&format!("when all tasks have ended: {merge}\n"))?;
    Ok(Exit::Success)
}

fn started(program: &str, path: &PathBuf) -> Result<(), Failure> {
    let ran = Command::new(program).arg(path).status();
    match ran {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Environment(format!("{program} {} ended with {status}", path.display()))),
        Err(error) => Err(Failure::Environment(format!("failed to start {program} {}: {error}", path.display()))),
    }
}

struct Job<'a> {
    name: &'a str,
    program: &'a Path,
    file: &'a Path,
    folder: &'a Path,
    shards: u32,
}

impl Job<'_> {
    /// The command of a task; the scheduler's environment says which share.
    fn task(&self) -> String {
        let Self { program, file, folder, shards, .. } = self;
        let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
        let (program, file, folder) = (quoted(program), quoted(file), quoted(folder));
        format!("{program} sweep {file} --out {folder} --shard auto/{shards} --jobs 1")
    }

    fn hq(&self) -> String {
        let (name, shards, task) = (self.name, self.shards, self.task());
        // A lost worker's tasks are run again, however often it happens.
        format!(
            "#!/bin/sh\nexec hq submit --name 'tiltyard-{name}' --array 1-{shards} --cpus 1 \
             --crash-limit unlimited -- {task}\n"
        )
    }

    fn slurm(&self) -> String {
        let (name, shards, task, folder) = (self.name, self.shards, self.task(), self.folder.display());
        format!(
            "#!/bin/sh\n#SBATCH --job-name=tiltyard-{name}\n#SBATCH --array=1-{shards}\n#SBATCH --cpus-per-task=1\n\
             #SBATCH --requeue\n#SBATCH --output={folder}/slurm-%a.log\n#SBATCH --open-mode=append\nexec {task}\n"
        )
    }

    fn k8s(&self, image: &str) -> String {
        let (shards, folder) = (self.shards, self.folder.display());
        let name: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        let image = serde_json::Value::from(image);
        let words = [
            "tiltyard".to_owned(),
            "sweep".to_owned(),
            self.file.display().to_string(),
            "--out".to_owned(),
            folder.to_string(),
            "--shard".to_owned(),
            format!("auto/{shards}"),
            "--jobs".to_owned(),
            "1".to_owned(),
        ];
        // JSON strings are YAML strings.
        let command = serde_json::Value::from(words.to_vec());
        format!(
            "# The folder of the sweep and {folder} have to be on a volume that all pods see: add it below.\n\
             apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: tiltyard-{name}\nspec:\n  completionMode: Indexed\n  \
             completions: {shards}\n  parallelism: {shards}\n  backoffLimitPerIndex: 10\n  template:\n    spec:\n      \
             restartPolicy: Never\n      containers:\n        - name: tiltyard\n          image: {image}\n          \
             command: {command}\n          resources:\n            requests:\n              cpu: \"1\"\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_name_their_share_as_the_scheduler_tells_it() {
        let job = Job {
            name: "gains v2",
            program: Path::new("/opt/tilt yard/tiltyard"),
            file: Path::new("/data/gains.toml"),
            folder: Path::new("/data/out"),
            shards: 16,
        };
        let task = "'/opt/tilt yard/tiltyard' sweep '/data/gains.toml' --out '/data/out' --shard auto/16 --jobs 1";
        assert!(
            job.hq().ends_with(&format!("--array 1-16 --cpus 1 --crash-limit unlimited -- {task}\n")),
            "{}",
            job.hq()
        );
        assert!(job.slurm().contains("#SBATCH --array=1-16\n") && job.slurm().ends_with(&format!("exec {task}\n")));
        let k8s = job.k8s("registry.example/tiltyard:1");
        assert!(k8s.contains("  name: tiltyard-gains-v2\n") && k8s.contains("completions: 16\n"), "{k8s}");
        assert!(k8s.contains("image: \"registry.example/tiltyard:1\"") && k8s.contains("\"auto/16\""), "{k8s}");
    }
}
