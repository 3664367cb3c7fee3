//! How a [`Controller`](crate::Controller) behaves where the camera leaves a choice.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Address, Framing};

/// Parameters of the client end; they stay constant. What the camera dictates is in
/// [`Timing`](crate::model::Timing).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControllerConfig {
    /// The camera's number; 1 over IP.
    pub address: Address,
    /// How bytes are wrapped. Pieces and several frames at once are put up with in streams and bare datagrams alike.
    pub framing: Framing,
    /// One position inquiry every so often, pan-tilt and zoom by turns; `None` asks only when told to.
    pub poll: Option<Duration>,
    /// A newer drive or a stop waits no longer than this for an outstanding reply. Longer than a usual round trip
    /// (PTZOptics G2: 28 to 56 ms to the ACK), shorter than the time-out.
    pub overtake_after: Duration,
    /// A stop that is not confirmed is repeated this long after it was sent.
    pub stop_repeat: Duration,
    /// After so many repeats without confirmation both sockets are cancelled and the count begins anew. Eight by
    /// 150 ms is 1.2 s: a PTZOptics coasts for about one second from high speed, and that is no failure.
    pub stop_tries: u32,
}

impl Default for ControllerConfig {
    fn default() -> Self {
        Self {
            address: Address::ONE,
            framing: Framing::Datagrams,
            poll: None,
            overtake_after: Duration::from_millis(60),
            stop_repeat: Duration::from_millis(150),
            stop_tries: 8,
        }
    }
}
