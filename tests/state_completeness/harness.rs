//! The two checks that every component goes through.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ciborium::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tiltyard::run::chain::Hasher;
use tiltyard::scenario::{Scenario, load};
use tiltyard::stack::saved::{decode, encode};
use tiltyard_visca::{State, Visit};

/// A component with a drive that shows all it can do.
pub struct Part<T> {
    /// Its type, as the sources call it.
    pub name: &'static str,
    /// A fresh one.
    pub make: fn() -> T,
    /// One step; what comes out, as text.
    pub drive: fn(&mut T, u64) -> String,
    /// Its walk.
    pub walk: fn(&T, &mut dyn Visit),
    /// Steps of the drive.
    pub steps: u64,
    /// Paths that the walk leaves out, and why. A reason that begins with `parameter` is held to it: it never changes.
    pub unwalked: &'static [(&'static str, &'static str)],
}

/// A component's own walk.
pub fn own<T: State>(part: &T, v: &mut dyn Visit) {
    part.visit(v);
}

impl<T: Serialize + DeserializeOwned> Part<T> {
    /// Both checks.
    pub fn check(&self) {
        self.goes_on();
        let findings = self.unwalked_fields();
        assert!(findings.is_empty(), "{}: {}", self.name, findings.join("\n"));
    }

    /// Run N, save, restore, run M against run N + M.
    pub fn goes_on(&self) {
        let mut whole = (self.make)();
        let log: Vec<String> = (0..self.steps).map(|step| (self.drive)(&mut whole, step)).collect();
        let distinct: BTreeSet<&String> = log.iter().collect();
        assert!(distinct.len() > 1 || self.steps < 2, "{}: the drive shows nothing", self.name);
        for n in [0, 1, self.steps / 5, self.steps / 3, self.steps / 2, self.steps * 7 / 8, self.steps - 1] {
            let mut first = (self.make)();
            for step in 0..n {
                (self.drive)(&mut first, step);
            }
            let mut second: T = decode(&encode(&first).unwrap()).unwrap();
            assert_eq!(self.hash(&first), self.hash(&second), "{} after {n}: walked alike", self.name);
            for step in n..self.steps {
                let said = (self.drive)(&mut second, step);
                assert_eq!(said, log[step as usize], "{} restored after {n} parts at step {step}", self.name);
            }
            assert!(encode(&second) == encode(&whole), "{} restored after {n} ends differently", self.name);
            assert_eq!(self.hash(&second), self.hash(&whole), "{} restored after {n} ends differently", self.name);
        }
    }

    /// Fields that can change without the walk seeing it and that are not on the list; entries that are not needed.
    pub fn unwalked_fields(&self) -> Vec<String> {
        let mut part = (self.make)();
        let first = Value::serialized(&part).unwrap();
        let mut unseen = BTreeMap::new();
        let mut findings = Vec::new();
        let every = (self.steps / 6).max(1);
        for step in 0..self.steps {
            (self.drive)(&mut part, step);
            if step % every != every - 1 {
                continue;
            }
            let now = Value::serialized(&part).unwrap();
            for (path, reason) in self.unwalked {
                if reason.starts_with("parameter") && at(&now, path) != at(&first, path) {
                    findings.push(format!("`{path}` changed at step {step}, and is no parameter"));
                }
            }
            let hash = self.hash(&part);
            let same = |changed: Value| {
                let changed = changed.deserialized::<T>().map_err(|error| error.to_string())?;
                Ok(self.hash(&changed) == hash)
            };
            collect(&now, &same, &mut unseen);
        }
        let listed = |path: &str, entry: &str| path == entry || path.starts_with(&format!("{entry}."));
        for (path, example) in &unseen {
            if !self.unwalked.iter().any(|(entry, _)| listed(path, entry)) {
                findings.push(format!("`{path}` is not walked: {example} (walk it, or list it with the reason)"));
            }
        }
        for (entry, _) in self.unwalked {
            if !unseen.keys().any(|path| listed(path, entry)) {
                findings.push(format!("`{entry}` is listed, but walked or never there (take it off the list)"));
            }
        }
        findings
    }

    fn hash(&self, part: &T) -> Result<u64, &'static str> {
        let mut hasher = Hasher::default();
        (self.walk)(part, &mut hasher);
        hasher.finish()
    }
}

/// Changes each leaf by itself; notes those for which `same` says that nobody saw it, by path without indices.
pub fn collect(tree: &Value, same: &dyn Fn(Value) -> Result<bool, String>, unseen: &mut BTreeMap<String, String>) {
    let mut leaves = Vec::new();
    walk(tree, &mut Vec::new(), &mut leaves);
    for steps in leaves {
        let path = named(tree, &steps);
        for changed in changes(leaf(tree, &steps)) {
            let mut copy = tree.clone();
            *leaf_mut(&mut copy, &steps) = changed.clone();
            match same(copy) {
                Ok(false) => {}
                Ok(true) => {
                    unseen.insert(path, format!("{:?} for {:?}", changed, leaf(tree, &steps)));
                }
                // A name of a variant: the error lists the others.
                Err(error) if matches!(changed, Value::Text(_)) => {
                    for other in error.split('`').skip(1).step_by(2).map(|name| Value::Text(name.to_owned())) {
                        let mut copy = tree.clone();
                        *leaf_mut(&mut copy, &steps) = other.clone();
                        if other != *leaf(tree, &steps) && same(copy) == Ok(true) {
                            unseen.insert(path.clone(), format!("{other:?} for {:?}", leaf(tree, &steps)));
                        }
                    }
                }
                // Out of its range: try the next change.
                Err(_) => continue,
            }
            break;
        }
    }
}

fn walk(tree: &Value, path: &mut Vec<usize>, leaves: &mut Vec<Vec<usize>>) {
    let children: Vec<&Value> = match tree {
        Value::Array(items) => items.iter().collect(),
        Value::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
        _ => return leaves.push(path.clone()),
    };
    for (index, child) in children.into_iter().enumerate() {
        path.push(index);
        walk(child, path, leaves);
        path.pop();
    }
}

fn leaf<'a>(tree: &'a Value, steps: &[usize]) -> &'a Value {
    steps.iter().fold(tree, |tree, step| match tree {
        Value::Array(items) => &items[*step],
        Value::Map(entries) => &entries[*step].1,
        _ => tree,
    })
}

fn leaf_mut<'a>(tree: &'a mut Value, steps: &[usize]) -> &'a mut Value {
    steps.iter().fold(tree, |tree, step| match tree {
        Value::Array(items) => &mut items[*step],
        Value::Map(entries) => &mut entries[*step].1,
        other => other,
    })
}

/// Keys along the way, without indices.
fn named(tree: &Value, steps: &[usize]) -> String {
    let mut names = Vec::new();
    let mut place = tree;
    for step in steps {
        place = match place {
            Value::Array(items) => &items[*step],
            Value::Map(entries) => {
                let (key, value) = &entries[*step];
                names.push(key.as_text().map_or_else(|| format!("{key:?}"), str::to_owned));
                value
            }
            other => other,
        };
    }
    names.join(".")
}

/// What stands at a path, all of it.
fn at<'a>(tree: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut places = vec![tree];
    for name in path.split('.') {
        places = places.into_iter().flat_map(items).collect();
        places = places
            .into_iter()
            .filter_map(Value::as_map)
            .flatten()
            .filter(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value)
            .collect();
    }
    places
}

/// An array's items, of arrays in it, too; anything else itself.
fn items(tree: &Value) -> Vec<&Value> {
    tree.as_array().map_or_else(|| vec![tree], |array| array.iter().flat_map(items).collect())
}

/// Values near this one; the first that can be read is tried.
fn changes(value: &Value) -> Vec<Value> {
    match value {
        Value::Integer(number) => {
            let number = i128::from(*number);
            let near = [number + 1, number - 1].into_iter();
            near.filter_map(|number| ciborium::value::Integer::try_from(number).ok()).map(Value::Integer).collect()
        }
        Value::Float(number) => vec![Value::Float(number.next_up()), Value::Float(1.0)],
        Value::Bool(flag) => vec![Value::Bool(!flag)],
        Value::Text(text) => vec![Value::Text(format!("{text}'"))],
        Value::Bytes(bytes) => {
            vec![Value::Bytes(bytes.iter().enumerate().map(|(i, byte)| byte ^ u8::from(i == 0)).collect())]
        }
        Value::Tag(tag, inner) => changes(inner).into_iter().map(|inner| Value::Tag(*tag, Box::new(inner))).collect(),
        _ => Vec::new(),
    }
}

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files with this extension under a folder of the checkout, sorted.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// One scenario, by its name.
pub fn scenario(name: &str) -> Scenario {
    load(&root().join(format!("scenarios/{name}.toml")), &[]).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// A number that looks random, in −1 .. 1.
pub fn wobble(step: u64, salt: u64) -> f64 {
    let mixed = (step.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xd134_2543_de82_ef95)).rotate_left(31);
    (mixed.wrapping_mul(0xa076_1d64_78bd_642f) >> 11) as f64 / 9_007_199_254_740_992.0 * 2.0 - 1.0
}

#[test]
fn a_field_that_is_not_walked_is_found() {
    #[derive(Serialize, serde::Deserialize)]
    struct Forgetful {
        walked: u64,
        forgotten: f64,
        fixed: u64,
    }
    let part = |unwalked| Part {
        name: "Forgetful",
        make: || Forgetful { walked: 0, forgotten: 0.0, fixed: 3 },
        drive: |part: &mut Forgetful, _| {
            part.walked += 1;
            part.forgotten += 0.5;
            format!("{} {}", part.walked, part.forgotten)
        },
        walk: |part, v| v.u64("walked", part.walked),
        steps: 12,
        unwalked,
    };
    part(&[]).goes_on();
    let found = |unwalked| part(unwalked).unwalked_fields().join("\n");
    assert!(found(&[("fixed", "parameter")]).starts_with("`forgotten` is not walked"));
    assert!(found(&[("fixed", "parameter"), ("forgotten", "parameter")]).contains("is no parameter"));
    assert!(found(&[("fixed", "parameter"), ("forgotten", "x"), ("walked", "x")]).contains("take it off"));
    assert_eq!(found(&[("fixed", "parameter"), ("forgotten", "a reason")]), "");
}

#[test]
#[should_panic(expected = "restored after 1 parts at step 1")]
fn a_field_that_is_not_saved_is_found() {
    #[derive(Serialize, serde::Deserialize)]
    struct Amnesiac {
        #[serde(skip)]
        count: u64,
    }
    let drive = |part: &mut Amnesiac, _| {
        part.count += 1;
        part.count.to_string()
    };
    let (make, walk) = (|| Amnesiac { count: 0 }, |_: &Amnesiac, _: &mut dyn Visit| {});
    Part { name: "Amnesiac", make, drive, walk, steps: 12, unwalked: &[] }.goes_on();
}
