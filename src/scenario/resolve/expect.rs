//! `[[expect]]` tables: one verb each, with the keys that belong to it.

use core::time::Duration;

use tiltyard_visca::SimTime;

use crate::scenario::diagnostic::nearest;
use crate::scenario::document::{BoundText, Expect};
use crate::scenario::expect::{Bound, Edge, Expectation, Statistic, Trigger, Verb, Window};
use crate::scenario::expression::{Expression, Shape};
use crate::scenario::locate::{Findings, KeyPath, Place, root};
use crate::scenario::metric::Metric;
use crate::scenario::units::Span;

pub(super) fn expectations(tables: &[Expect], findings: &mut Findings<'_>) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let path = root("expect").index(index);
        super::not_blank(&table.name, &path.key("name"), findings);
        if tables.iter().take(index).any(|earlier| earlier.name == table.name) {
            findings
                .note(&path.key("name"), &Place::Value, format!("two expectations are called `{}`", table.name))
                .label("the name is taken");
        }
        let line = findings.line(&path);
        if let Some(verb) = (Reader { table, path, findings }).verb() {
            expectations.push(Expectation { name: table.name.clone(), verb, line });
        }
    }
    expectations
}

/// The verbs and the keys that go with each.
const VERBS: [(&str, &[&str]); 11] = [
    ("that", &["after", "within", "holds"]),
    ("always", &["from", "until"]),
    ("never", &["from", "until"]),
    ("whenever", &["then", "within", "holds", "at_least"]),
    ("max", STATISTIC_KEYS),
    ("min", STATISTIC_KEYS),
    ("rms", STATISTIC_KEYS),
    ("p95", STATISTIC_KEYS),
    ("mean", STATISTIC_KEYS),
    ("count", STATISTIC_KEYS),
    ("metric", &["below", "above", "between"]),
];

const STATISTIC_KEYS: &[&str] = &["below", "above", "between", "over", "from", "until"];

struct Reader<'r, 's> {
    table: &'r Expect,
    path: KeyPath,
    findings: &'r mut Findings<'s>,
}

impl Reader<'_, '_> {
    fn verb(&mut self) -> Option<Verb> {
        let table = self.table;
        let texts = [
            &table.that,
            &table.always,
            &table.never,
            &table.whenever,
            &table.max,
            &table.min,
            &table.rms,
            &table.p95,
            &table.mean,
            &table.count,
            &table.metric,
        ];
        let given: Vec<_> =
            VERBS.iter().zip(texts).filter_map(|((verb, keys), text)| Some((*verb, *keys, text.as_ref()?))).collect();
        let &[(verb, keys, text)] = given.as_slice() else {
            self.not_one_verb(&given.iter().map(|(verb, ..)| *verb).collect::<Vec<_>>());
            return None;
        };
        self.refuse_strangers(verb, keys);
        match verb {
            "that" => {
                let within = self.within(verb);
                let condition = self.condition(verb, text);
                Some(Verb::That {
                    condition: condition?,
                    after: moment(table.after),
                    within: within?,
                    holds: span(table.holds),
                })
            }
            "whenever" => self.whenever(text),
            "always" | "never" => {
                let window = self.window();
                let condition = self.condition(verb, text)?;
                Some(if verb == "always" {
                    Verb::Always { condition, window: window? }
                } else {
                    Verb::Never { condition, window: window? }
                })
            }
            "metric" => self.metric(text),
            _ => self.statistic(verb, text),
        }
    }

    fn metric(&mut self, name: &str) -> Option<Verb> {
        let Some(metric) = Metric::from_name(name) else {
            let message = format!("no metric is called `{name}`");
            let mut note = self.findings.note(&self.path.key("metric"), &Place::Value, message);
            note.label("unknown metric");
            match nearest(name, Metric::names()) {
                Some(near) => note.help(format!("did you mean `{near}`?")),
                None => note.help(format!("expected one of `{}`", Metric::names().join("`, `"))),
            };
            return None;
        };
        let bound = self.bound("metric", metric.shape())?;
        Some(Verb::Metric { metric, bound })
    }

    fn not_one_verb(&mut self, given: &[&str]) {
        if let [first, second, ..] = given {
            self.findings
                .note(&self.path.key(second), &Place::Key, format!("two verbs, `{first}` and `{second}`"))
                .label("the second verb")
                .help("write a second `[[expect]]`");
        } else {
            let verbs: Vec<&str> = VERBS.iter().map(|(verb, _)| *verb).collect();
            self.findings
                .note(&self.path, &Place::Value, format!("expectation `{}` expects nothing", self.table.name))
                .label("needs a verb")
                .help(format!("one of `{}`", verbs.join("`, `")));
        }
    }

    /// Keys that do not belong to the verb.
    fn refuse_strangers(&mut self, verb: &str, keys: &[&str]) {
        let table = self.table;
        let given = [
            ("after", table.after.is_some()),
            ("within", table.within.is_some()),
            ("holds", table.holds.is_some()),
            ("then", table.then.is_some()),
            ("at_least", table.at_least.is_some()),
            ("from", table.from.is_some()),
            ("until", table.until.is_some()),
            ("over", table.over.is_some()),
            ("below", table.below.is_some()),
            ("above", table.above.is_some()),
            ("between", table.between.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(key, given)| *given && !keys.contains(key)) {
            self.findings
                .note(&self.path.key(key), &Place::Key, format!("`{key}` does not go with `{verb}`"))
                .label(format!("not with `{verb}`"))
                .help(format!("with `{verb}` go `{}`", keys.join("`, `")));
        }
    }

    fn within(&mut self, verb: &str) -> Option<Duration> {
        if self.table.within.is_none() {
            self.findings
                .note(&self.path, &Place::Value, format!("`{verb}` needs to know within what time"))
                .label("needs `within`")
                .help("such as `within = \"2 s\"`");
        }
        self.table.within.map(|span| span.0)
    }

    fn whenever(&mut self, text: &str) -> Option<Verb> {
        let (condition_text, edge) = edge(text);
        let within = self.within("whenever");
        let condition = self.condition("whenever", condition_text);
        let then = if let Some(then) = &self.table.then {
            self.condition("then", then)
        } else {
            self.findings
                .note(&self.path, &Place::Value, "`whenever` needs to know what then")
                .label("needs `then`")
                .help("such as `then = \"abs(error.pan) < 0.5 deg\"`");
            None
        };
        Some(Verb::Whenever {
            trigger: Trigger { condition: condition?, edge },
            then: then?,
            within: within?,
            holds: span(self.table.holds),
            at_least: self.table.at_least.unwrap_or(1),
        })
    }

    fn statistic(&mut self, verb: &str, text: &str) -> Option<Verb> {
        let statistic = match verb {
            "max" => Statistic::Max,
            "min" => Statistic::Min,
            "rms" => Statistic::Rms,
            "p95" => Statistic::P95,
            "mean" => Statistic::Mean,
            _ => Statistic::Count,
        };
        let window = self.window();
        let of = self.expression(verb, text)?;
        let Some(shape) = statistic.shape_of(of.shape()) else {
            let expected = if statistic == Statistic::Count { "a yes-or-no" } else { "a number" };
            self.findings
                .note(&self.path.key(verb), &Place::Value, format!("`{verb}` of {}", of.shape()))
                .label(format!("expected {expected}"));
            return None;
        };
        let bound = self.bound(verb, shape);
        Some(Verb::Statistic { statistic, of, bound: bound?, window: window? })
    }

    fn bound(&mut self, verb: &str, shape: Shape) -> Option<Bound> {
        let table = self.table;
        let given =
            [("below", table.below.is_some()), ("above", table.above.is_some()), ("between", table.between.is_some())];
        let given: Vec<&str> = given.into_iter().filter_map(|(key, given)| given.then_some(key)).collect();
        match given.as_slice() {
            [_] => {}
            [] => {
                self.findings
                    .note(&self.path, &Place::Value, format!("`{verb}` has no bound"))
                    .label("needs `below`, `above` or `between`");
                return None;
            }
            [_, second, ..] => {
                self.findings
                    .note(&self.path.key(second), &Place::Key, "two bounds")
                    .label("the second one")
                    .help("use `between` for both sides");
                return None;
            }
        }
        if let Some(below) = &table.below {
            return self.limit(below, &self.path.key("below"), shape).map(Bound::Below);
        }
        if let Some(above) = &table.above {
            return self.limit(above, &self.path.key("above"), shape).map(Bound::Above);
        }
        let [low_text, high_text] = &table.between.as_ref()?.0;
        let path = self.path.key("between");
        let low = self.limit(low_text, &path.index(0), shape);
        let high = self.limit(high_text, &path.index(1), shape);
        let (low, high) = (low?, high?);
        if low > high {
            self.findings
                .note(&path, &Place::Value, "nothing lies between these")
                .label("expected the lower bound first");
        }
        Some(Bound::Between(low, high))
    }

    /// A bound as a number, if it has the dimension of what it limits.
    fn limit(&mut self, written: &BoundText, path: &KeyPath, shape: Shape) -> Option<f64> {
        let bare = shape.unit().is_empty();
        let text = match written {
            BoundText::Number(value) if bare => return Some(*value),
            BoundText::Number(value) => {
                self.findings
                    .note(path, &Place::Value, "missing unit")
                    .label(format!("expected {shape}"))
                    .help(format!("write `\"{value} {}\"`", shape.unit()));
                return None;
            }
            BoundText::Text(text) => text,
        };
        let bound = self.parsed(path, text)?;
        let fits = match bound.shape() {
            Shape::Count => bare,
            Shape::Number(_) => bound.shape().unit() == shape.unit(),
            Shape::Bool | Shape::Phase => false,
        };
        if !bound.is_constant() {
            self.findings.note(path, &Place::Value, "a bound has to stay the same").label("names a signal");
            return None;
        }
        let value = bound.number(&|_| None);
        if !fits || value.is_none() {
            self.findings
                .note(path, &Place::Value, format!("the bound is {}", bound.shape()))
                .label(format!("expected {shape}"));
            return None;
        }
        value
    }

    fn window(&mut self) -> Option<Window> {
        let table = self.table;
        let (from, until, key) = if let Some(over) = &table.over {
            for (key, given) in [("from", table.from), ("until", table.until)] {
                if given.is_some() {
                    self.findings
                        .note(
                            &self.path.key(key),
                            &Place::Key,
                            format!("`over` says where it begins and ends, `{key}` says it again"),
                        )
                        .label("either this or `over`");
                }
            }
            (Some(over.0[0]), Some(over.0[1]), "over")
        } else {
            (table.from, table.until, "until")
        };
        let window = Window { from: moment(from), until: until.map(|until| moment(Some(until))) };
        if window.until.is_some_and(|until| until < window.from) {
            self.findings
                .note(&self.path.key(key), &Place::Value, "the window ends before it begins")
                .label("expected a later end");
            return None;
        }
        Some(window)
    }

    fn condition(&mut self, key: &str, text: &str) -> Option<Expression> {
        let condition = self.expression(key, text)?;
        if condition.shape() == Shape::Bool {
            return Some(condition);
        }
        self.findings
            .note(
                &self.path.key(key),
                &Place::Within(0..text.len()),
                format!("expected a yes-or-no, found {}", condition.shape()),
            )
            .label("not a yes-or-no")
            .help("compare it with something, as in `abs(error.pan) < 0.5 deg`");
        None
    }

    fn expression(&mut self, key: &str, text: &str) -> Option<Expression> {
        self.parsed(&self.path.key(key), text)
    }

    fn parsed(&mut self, path: &KeyPath, text: &str) -> Option<Expression> {
        match Expression::parse(text) {
            Ok(expression) => Some(expression),
            Err(fault) => {
                let mut note = self.findings.note(path, &Place::Within(fault.at), fault.message);
                note.label(fault.label);
                if let Some(help) = fault.help {
                    note.help(help);
                }
                None
            }
        }
    }
}

/// "X starts", "X ends", or "X", which is "X starts".
fn edge(text: &str) -> (&str, Edge) {
    let trimmed = text.trim_end();
    for (word, edge) in [("starts", Edge::Starts), ("ends", Edge::Ends)] {
        if let Some(condition) = trimmed.strip_suffix(word)
            && condition.ends_with([' ', '\t', ')'])
        {
            return (condition, edge);
        }
    }
    (text, Edge::Starts)
}

fn moment(span: Option<Span>) -> SimTime {
    span.map_or(SimTime::ZERO, |span| SimTime::ZERO + span.0)
}

fn span(span: Option<Span>) -> Duration {
    span.map_or(Duration::ZERO, |span| span.0)
}
