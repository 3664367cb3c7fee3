//! `--junit`: one test suite, one test case a run.
//!
//! No time stamps and no random ids, so that equal runs give equal bytes; durations are simulated ones.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::skipped::Skipped;
use crate::run::{RunResult, RunVerdict};
use crate::scenario::Verdict;

/// The text of the file.
pub fn render(results: &[RunResult], skipped: &[Skipped]) -> Result<String, String> {
    let mut suite = TestSuite::new("tiltyard");
    for result in results {
        suite.add_test_case(case(result));
    }
    for one in skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(one.reason.as_str());
        let mut case = TestCase::new(one.scenario.as_str(), status);
        case.set_classname(one.scenario.replace('/', "."));
        suite.add_test_case(case);
    }
    let mut report = Report::new("tiltyard");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| format!("failed to write the JUnit report: {error}"))
}

fn case(result: &RunResult) -> TestCase {
    let status = match result.verdict {
        RunVerdict::Pass => TestCaseStatus::success(),
        RunVerdict::Fail | RunVerdict::Inconclusive => failed(result, NonSuccessKind::Failure),
        RunVerdict::Invalid => failed(result, NonSuccessKind::Error),
    };
    let mut case = TestCase::new(format!("{} seed {}", result.scenario, result.seed), status);
    case.set_classname(result.scenario.replace('/', "."));
    case.set_time(Duration::from_secs_f64(result.sim_s));
    case.add_property(Property::new("chain", &result.chain));
    case.add_property(Property::new("seed", result.seed.to_string()));
    // As GitLab and Jenkins take an attachment.
    if let Some(file) = &result.run_file {
        case.set_system_out(format!("[[ATTACHMENT|{}]]", file.display()));
    }
    if let Some(margin) = result.margin {
        case.add_property(Property::new("margin", format!("{margin:.4}")));
    }
    for (name, _, value) in result.metrics.entries() {
        if let Some(value) = value {
            case.add_property(Property::new(name, format!("{value:.6}")));
        }
    }
    case
}

fn failed(result: &RunResult, kind: NonSuccessKind) -> TestCaseStatus {
    let broken: Vec<String> = result
        .expectations
        .iter()
        .filter(|expectation| expectation.judgement.verdict != Verdict::Pass)
        .map(|expectation| {
            format!("{}:{} {}: {}", result.file, expectation.line, expectation.name, expectation.judgement.sentence)
        })
        .chain(result.reason.clone())
        .collect();
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(broken.first().cloned().unwrap_or_default());
    status.set_description(broken.join("\n"));
    status
}
