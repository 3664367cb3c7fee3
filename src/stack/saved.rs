//! Parts that can be saved and put back, to the bit.
//!
//! Every detector, tracker and servo is [`Saved`], so that a snapshot of a run holds all of the stack and not only what
//! somebody remembered. Who derives serde's `Serialize` and `Deserialize` has it for nothing:
//!
//! ```
//! # use serde::{Deserialize, Serialize};
//! use tiltyard::stack::saved::Saved;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Smoother {
//!     last_deg: f64,
//! }
//!
//! let bytes = Smoother { last_deg: -0.0 }.save()?;
//! let mut other = Smoother { last_deg: 7.0 };
//! other.restore(&bytes)?;
//! assert!(other.last_deg.is_sign_negative());
//! # Ok::<(), tiltyard::stack::saved::SavedError>(())
//! ```
//!
//! Who holds something that no serde can write (a model on a device, a closure) implements the two methods by hand and
//! saves what changes from frame to frame. The bytes are postcard's: binary, so −0, infinities and the bits of a NaN
//! survive; specified, so they are the same on every machine; without names, so they are read by the build that wrote
//! them and by no other (`run::snapshot` sees to that).

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Can be saved, and put back into a part of the same kind.
pub trait Saved {
    /// All that changes over time, as bytes.
    fn save(&self) -> Result<Vec<u8>, SavedError>;

    /// Takes over what another part of this kind saved. After an error this one is as it was.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), SavedError>;
}

/// Bytes that cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// A part that says it can be written cannot.
    #[error("save a part of the run: {0}")]
    Unwritable(String),
    /// Not what such a part saves.
    #[error("restore a part of the run: {0}")]
    Unreadable(String),
}

impl<T: Serialize + DeserializeOwned> Saved for T {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        encode(self)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        *self = decode(bytes)?;
        Ok(())
    }
}

/// A value as bytes.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, SavedError> {
    postcard::to_allocvec(value).map_err(|error| SavedError::Unwritable(error.to_string()))
}

/// A value from all of these bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SavedError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(SavedError::Unreadable(format!("{} bytes are left over", rest.len()))),
        Err(error) => Err(SavedError::Unreadable(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_keep_their_bits(bits: u64) {
            let back: f64 = decode(&encode(&f64::from_bits(bits)).unwrap()).unwrap();
            prop_assert_eq!(back.to_bits(), bits);
        }
    }

    #[test]
    fn all_bytes_are_read_or_none() {
        let bytes = encode(&(1_u8, "a")).unwrap();
        assert_eq!(decode::<(u8, String)>(&bytes), Ok((1, "a".to_owned())));
        assert!(decode::<u8>(&bytes).unwrap_err().to_string().contains("left over"));
        let mut kept = (7_u8, "b".to_owned());
        assert!(kept.restore(&bytes[..2]).is_err());
        assert_eq!(kept, (7, "b".to_owned()));
    }
}
