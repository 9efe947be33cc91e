//! What the models folder says of its networks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::vision::{Manifest, Role};
use ostiary_fuzz::{file, folder};

fuzz_target!(|bytes: &[u8]| {
    file(Manifest::FILE, bytes);
    if let Ok(manifest) = Manifest::read(folder())
        && let Ok(model) = manifest.model(Role::Detector)
    {
        assert_eq!(manifest.file(model).parent(), Some(folder()));
    }
});
