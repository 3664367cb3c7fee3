//! The world that is there: real cameras and real video.
//!
//! This room will own transports (UDP, TCP, serial), capture, the safety envelope, calibration probes and the socket
//! server of the virtual camera. It is the only crate beside the live executor that may ask a clock. It knows the
//! VISCA crate and nothing of the stack or the simulator, so that the dead-man can never be held up by either.
//!
//! It is empty as long as every run is a simulated one.
