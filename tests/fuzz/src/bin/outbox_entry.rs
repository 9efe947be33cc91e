//! A message as the outbox keeps it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::telemetry::QueuedMessage;
use serde_json as json;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = json::from_slice::<QueuedMessage>(bytes) {
        let again = json::from_slice(&json::to_vec(&message).unwrap()).unwrap();
        assert_eq!(message, again);
    }
});
