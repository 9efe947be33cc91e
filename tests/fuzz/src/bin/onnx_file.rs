//! A network's file as bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::vision::{Arithmetic, InstructionSet, PlannedNetwork};
use ostiary_fuzz::onnx::entry;

fuzz_target!(|bytes: &[u8]| {
    for set in [InstructionSet::detect(), InstructionSet::portable()] {
        for arithmetic in [Arithmetic::Floats, Arithmetic::Int8] {
            let _ = PlannedNetwork::from_onnx(bytes, &entry(16, vec![1, 2]), set, arithmetic);
        }
    }
});
