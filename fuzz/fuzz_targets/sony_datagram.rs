//! The fuzzer's way into `bodies::sony_datagram`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../bodies/mod.rs"]
#[allow(dead_code, reason = "each target uses one body")]
mod bodies;

fuzz_target!(|bytes: &[u8]| {
    bodies::sony_datagram::run(bytes);
});
