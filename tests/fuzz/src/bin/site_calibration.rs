//! The liveness scale of a door's camera, as it is kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ostiary::app::{Fitting, SiteFile};
use ostiary_fuzz::file;

fuzz_target!(|bytes: &[u8]| {
    let path = file("site-calibration.toml", bytes);
    let Ok(Some(site)) = SiteFile::read(&path) else {
        return;
    };
    let _ = site.fitted_at();
    let here = Fitting {
        camera: "c".into(),
        liveness_network: "n".into(),
        liveness_frames: 2,
    };
    if let Ok(calibration) = site.calibration(&path, &here) {
        assert!((0.0..=1.0).contains(&calibration.score(0.3).get()));
    }
});
