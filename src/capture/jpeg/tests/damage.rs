//! Frames that are cut off, damaged or made to harm.

use super::*;

/// The picture with a restart interval, as a JPEG.
fn sample() -> Vec<u8> {
    encoded(&waves(40, 30), |e| {
        e.set_sampling_factor(SamplingFactor::R_4_2_0);
        e.set_restart_interval(2);
    })
}

/// Where the segment with this marker begins, from its 0xFF.
fn place(jpeg: &[u8], marker: u8) -> usize {
    jpeg.windows(2)
        .position(|pair| pair == [0xFF, marker])
        .unwrap()
}

#[test]
fn a_frame_that_is_cut_off_anywhere_is_no_picture() {
    let jpeg = sample();
    assert!(decoded(&jpeg).is_ok());
    for end in 2..jpeg.len() {
        assert_eq!(decoded(&jpeg[..end]), Err(Fault::Truncated), "at {end}");
    }
    // Also if an end marker stands where it was cut.
    let data = place(&jpeg, 0xDA) + 14;
    for end in data..jpeg.len() - 2 {
        let cut = [&jpeg[..end], b"\xFF\xD9"].concat();
        if jpeg[end..] != *b"\xFF\xD9" && jpeg[end - 1] != 0xFF {
            assert!(decoded(&cut).is_err(), "at {end}");
        }
    }
}

#[test]
fn segments_of_a_wrong_length_are_damage() {
    let jpeg = sample();
    for marker in [0xDB, 0xC4, 0xC0, 0xDA, 0xDD] {
        let at = place(&jpeg, marker) + 3;
        for change in [-1, 1] {
            let mut wrong = jpeg.clone();
            wrong[at] = wrong[at].wrapping_add_signed(change);
            let fault = decoded(&wrong).unwrap_err();
            assert!(
                matches!(fault, Fault::Corrupt(_)),
                "{marker:X} {change}: {fault:?}"
            );
        }
    }
    let mut wrong = jpeg.clone();
    wrong[place(&jpeg, 0xDB) + 2..][..2].fill(0);
    assert!(matches!(decoded(&wrong), Err(Fault::Corrupt(_))));
}

#[test]
fn impossible_tables_are_damage() {
    let jpeg = sample();
    let counts = place(&jpeg, 0xC4) + 5;
    // Three codes of one bit, and none at all.
    for change in [[3, 2, 0, 0], [0, 0, 0, 0]] {
        let mut wrong = jpeg.clone();
        wrong[counts..][..4].copy_from_slice(&change);
        assert!(
            matches!(decoded(&wrong), Err(Fault::Corrupt(_))),
            "{change:?}"
        );
    }
    let mut wrong = jpeg.clone();
    wrong[counts - 1] = 0x05;
    assert!(matches!(decoded(&wrong), Err(Fault::Corrupt(_))));
    // A table that failed does not stay.
    let mut decoder = JpegDecoder::new();
    let mut pictures = PicturePool::default();
    assert!(decoder.decode(&wrong, None, &mut pictures).is_err());
    assert!(decoder.decode(&jpeg, None, &mut pictures) == decoded(&jpeg));
}

#[test]
fn a_lost_restart_marker_is_damage() {
    let jpeg = sample();
    let mut wrong = jpeg.clone();
    let at = place(&jpeg, 0xD1);
    wrong[at + 1] = 0xD5;
    assert!(matches!(decoded(&wrong), Err(Fault::Corrupt(_))));
}

#[test]
fn nothing_is_reserved_for_a_picture_that_is_not_there() {
    let jpeg = sample();
    let size = place(&jpeg, 0xC0) + 5;
    let fault_of = |height: u16, width: u16| {
        let mut wrong = jpeg.clone();
        wrong[size..][..2].copy_from_slice(&height.to_be_bytes());
        wrong[size + 2..][..2].copy_from_slice(&width.to_be_bytes());
        let mut decoder = JpegDecoder::new();
        let fault = decoder
            .decode(&wrong, None, &mut PicturePool::default())
            .unwrap_err();
        assert!(decoder.planes.iter().all(|plane| plane.row(0).is_empty()));
        fault
    };
    let too_many = Fault::TooManyPixels {
        width: 65535,
        height: 65535,
    };
    assert_eq!(fault_of(65535, 65535), too_many);
    assert_eq!(fault_of(7000, 7000), Fault::Truncated);
    assert!(matches!(fault_of(8, 0), Fault::Corrupt(_)));
    assert_eq!(fault_of(0, 8), Fault::Unsupported);
}

/// A picture can't have more pixels than its bytes may code: 64 for every two bits, and the rest of an MCU.
fn is_bounded(jpeg: &[u8], picture: &RgbImage) -> bool {
    picture.len() <= (jpeg.len() * 4 + 10) * 64 * 3 * 16
}

proptest! {
    #[test]
    fn mutated_frames_are_pictures_or_faults(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        least in prop_oneof![Just(None), (0u32..50).prop_map(Some)],
    ) {
        let mut jpeg = sample();
        for (at, byte) in changes {
            let at = at.index(jpeg.len());
            jpeg[at] = byte;
        }
        if let Ok(picture) = JpegDecoder::new().decode(&jpeg, least, &mut PicturePool::default()) {
            prop_assert!(is_bounded(&jpeg, &picture));
        }
    }

    #[test]
    fn arbitrary_data_are_pictures_or_faults(
        data in proptest::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(0xFF), 1 => Just(0)], 0..600),
        is_headed in any::<bool>(),
    ) {
        let whole = sample();
        let head = if is_headed { &whole[..place(&whole, 0xDA) + 14] } else { b"\xFF\xD8\xFF" };
        let jpeg = [head, &data, b"\xFF\xD9"].concat();
        if let Ok(picture) = decoded(&jpeg) {
            prop_assert!(is_bounded(&jpeg, &picture));
        }
    }
}
