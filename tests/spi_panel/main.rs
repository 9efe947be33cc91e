//! SPI displays by a stand-in for their controller, which makes pictures of the bytes that it is sent.

mod controller;

use embedded_graphics::geometry::Size;
use image::{Rgb, RgbImage, imageops};
use ostiary::domain::{BoundingBox, DenialReason, Guidance, Screen};
use ostiary::panel::{Language, Panel, PngPanel, Rotation, SpiDriver, SpiOptions, View};

use controller::Wires;

fn options(driver: SpiDriver) -> SpiOptions {
    SpiOptions {
        driver,
        device: "/dev/spidev0.0".into(),
        speed_hz: 62_500_000,
        size: (240, 320),
        offset: (0, 0),
        rotation: Rotation::Deg0,
        is_bgr: false,
        is_inverted: false,
    }
}

fn camera() -> RgbImage {
    RgbImage::from_fn(160, 120, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]))
}

fn view<'a>(screen: &'a Screen, camera: &'a RgbImage) -> View<'a> {
    const FACE: BoundingBox = BoundingBox {
        x: 50.0,
        y: 30.0,
        width: 50.0,
        height: 60.0,
    };
    View {
        screen,
        name: Some("Ada Lovelace"),
        camera: Some(camera),
        face: Some(&FACE),
        language: Language::French,
    }
}

/// The same screen from the panel that writes PNG files, turned as the display is and in its colours.
fn expected(view: &View, size: Size, rotation: Rotation) -> Vec<Option<u16>> {
    let folder = tempfile::tempdir().unwrap();
    let mut panel = PngPanel::new(folder.path(), size);
    panel.show(view).unwrap();
    let upright = image::open(panel.path()).unwrap().to_rgb8();
    let turned = match rotation {
        Rotation::Deg0 => upright,
        Rotation::Deg90 => imageops::rotate90(&upright),
        Rotation::Deg180 => imageops::rotate180(&upright),
        Rotation::Deg270 => imageops::rotate270(&upright),
    };
    let bits = |Rgb([r, g, b]): &Rgb<u8>| {
        u16::from(r >> 3) << 11 | u16::from(g >> 2) << 5 | u16::from(b >> 3)
    };
    turned.pixels().map(|pixel| Some(bits(pixel))).collect()
}

#[test]
fn every_display_shows_what_the_png_panel_shows() {
    let camera = camera();
    let screens = [
        Screen::Idle,
        Screen::Guide(Guidance::HoldStill),
        Screen::Granted("A-17".parse().unwrap()),
        Screen::Denied(DenialReason::Unknown),
    ];
    let rotations = [
        Rotation::Deg0,
        Rotation::Deg90,
        Rotation::Deg180,
        Rotation::Deg270,
    ];
    for driver in [SpiDriver::St7789, SpiDriver::Ili9341] {
        for rotation in rotations {
            for (size, offset) in [
                ((240, 320), (0, 0)),
                ((240, 240), (0, 0)),
                ((240, 240), (0, 80)),
            ] {
                let options = SpiOptions {
                    size,
                    offset,
                    rotation,
                    ..options(driver)
                };
                let wires = Wires::new(driver);
                let mut panel = wires.open(&options, true).unwrap();
                let is_upright = matches!(rotation, Rotation::Deg0 | Rotation::Deg180);
                let (width, height) = if is_upright { size } else { (size.1, size.0) };
                assert_eq!(panel.size(), Size::new(width.into(), height.into()));
                for screen in &screens {
                    let view = view(screen, &camera);
                    panel.show(&view).unwrap();
                    assert!(
                        wires.glass(&options) == expected(&view, panel.size(), rotation),
                        "{screen:?} on {options:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn colours_are_set_as_the_display_is_made_and_a_missing_reset_line_is_made_good() {
    for driver in [SpiDriver::St7789, SpiDriver::Ili9341] {
        for (is_bgr, is_inverted, has_reset) in [(false, true, false), (true, false, true)] {
            let options = SpiOptions {
                is_bgr,
                is_inverted,
                ..options(driver)
            };
            let wires = Wires::new(driver);
            drop(wires.open(&options, has_reset).unwrap());
            let controller = wires.controller.borrow();
            assert_eq!(controller.address_mode & 0x08 != 0, is_bgr);
            assert_eq!(controller.is_inverted, is_inverted);
            assert_eq!(controller.resets, 1);
        }
    }
}

#[test]
fn fifteen_frames_a_second_pass_at_20_mhz() {
    let wires = Wires::new(SpiDriver::St7789);
    let mut panel = wires.open(&options(SpiDriver::St7789), true).unwrap();
    let camera = camera();
    let before = wires.controller.borrow().bytes;
    panel.show(&view(&Screen::Verifying, &camera)).unwrap();
    let frame = wires.controller.borrow().bytes - before;
    assert_eq!(frame, 240 * 320 * 2 + 11, "a window and its pixels");
    assert!(frame * 8 * 15 <= 20_000_000);
    panel.show(&view(&Screen::Verifying, &camera)).unwrap();
    let bytes = wires.controller.borrow().bytes - before;
    assert_eq!(bytes, frame, "what is on the glass is not sent again");
}

#[test]
fn a_fault_names_the_device_and_the_next_frame_is_whole() {
    let options = options(SpiDriver::Ili9341);
    let wires = Wires::new(SpiDriver::Ili9341);
    let mut panel = wires.open(&options, true).unwrap();
    let camera = camera();
    let screens = [Screen::OutOfService, Screen::Idle];
    let mut turns = screens.iter().cycle();
    // At each of the commands, and among the pixels.
    for transfers in [0, 1, 3, 4, 5, 20, 42] {
        let view = view(turns.next().unwrap(), &camera);
        wires.fault_in.set(Some(transfers));
        let message = panel.show(&view).unwrap_err().to_string();
        assert!(message.contains("/dev/spidev0.0"), "{message}");
        assert!(message.contains("the bus is gone"), "{message}");
        panel.show(&view).unwrap();
        assert!(wires.glass(&options) == expected(&view, panel.size(), Rotation::Deg0));
    }
    wires.fault_in.set(Some(0));
    assert!(wires.open(&options, true).is_err());
}

#[test]
fn a_display_beyond_the_memory_is_refused() {
    for (size, offset) in [((241, 320), (0, 0)), ((240, 240), (0, 81))] {
        let options = SpiOptions {
            size,
            offset,
            ..options(SpiDriver::St7789)
        };
        assert!(Wires::new(SpiDriver::St7789).open(&options, true).is_err());
    }
}
