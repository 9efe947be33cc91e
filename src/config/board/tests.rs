//! What a board file may and may not say.

use super::*;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("boards")
        .join(name)
}

fn read(files: &[(&str, &str)]) -> Result<Board, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Board::read(&folder.path().join(files[0].0))
}

#[test]
fn the_shipped_boards_are_valid() {
    let mut count = 0;
    for file in std::fs::read_dir(shipped("")).unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let board = Board::read(&path).unwrap();
            assert_eq!(path.file_stem().unwrap(), board.name.as_str());
            count += 1;
        }
    }
    assert!(count >= 8, "{count} boards");
}

#[test]
fn a_board_overrides_what_it_inherits() {
    let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
    let board = read(&[
        (
            "a.toml",
            "inherits = 'base.toml'\nname = 'a'\n[analysis]\nthreads = 4",
        ),
        ("base.toml", &base),
    ]);
    let board = board.unwrap();
    assert_eq!((board.name.as_str(), board.analysis.threads), ("a", 4));
    assert_eq!(board.door.fail, FailMode::Secure);
}

#[test]
fn a_camera_whose_frames_are_reduced_is_another_one() {
    let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
    let camera = |text: &str| {
        let a = format!("inherits = 'base.toml'\nname = 'a'\n{text}");
        read(&[("a.toml", &a), ("base.toml", &base)])
            .unwrap()
            .camera
    };
    let (whole, reduced) = (camera(""), camera("[camera]\nleast_width = 640"));
    assert_eq!((whole.least_width, reduced.least_width), (None, Some(640)));
    assert_ne!(whole.identity(), reduced.identity());
}

#[test]
fn mistakes_are_told_with_their_key() {
    let message = |files: &[(&str, &str)]| read(files).unwrap_err().to_string();
    assert!(message(&[("a.toml", "inherits = 'a.toml'")]).contains("inherits itself"));
    assert!(message(&[("a.toml", "[door]\nfial = 'safe'")]).contains("did you mean door.fail?"));
    let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
    let with = |text: &str| {
        message(&[
            ("a.toml", &format!("inherits = 'base.toml'\n{text}")),
            ("base.toml", &base),
        ])
    };
    assert!(with("[analysis]\nthreads = 0").contains("analysis.threads: 0 is not from 1 to 16"));
    assert!(
        with("[camera]\nleast_width = 99")
            .contains("camera.least_width: 99 is not from 160 to 4096")
    );
    let raw = "[camera]\nleast_width = 640\n[camera.source]\nformat = 'yuyv'";
    assert!(with(raw).contains("a.toml: camera.least_width: is only for JPEGs"));
    let twice = "[door.strike]\nkind = 'gpiocdev'\nchip = '/dev/gpiochip0'\nline = 'GPIO17'
        [door.rex]\nkind = 'gpiocdev'\nchip = '/dev/gpiochip0'\nline = 'GPIO17'";
    let message_of_twice = with(twice);
    assert!(
        message_of_twice
            .contains("a.toml: door.rex: line \"GPIO17\" of /dev/gpiochip0 is that of door.strike"),
        "{message_of_twice}"
    );
    assert!(with("[door]\nheartbeat_timeout_ms = 500").contains("500 is not from 60 to 90"));
    assert!(with("[door.tamper]\nkind = 'gpiocdev'\nbias = 'up'").contains("pull-up"));
    assert!(with("[door.wiegand]\nformat = 37").contains("26 or 34"));
    assert!(with("[camera]\nrotation = 45").contains("must be 0, 90, 180 or 270"));
    assert!(with("[camera.source]\nkind = 'telepathy'").contains("telepathy"));
}

/// What is wrong with a board that has `text` besides the shipped base.
fn mistake(text: &str) -> String {
    let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
    let text = format!("inherits = 'base.toml'\n{text}");
    let error = read(&[("a.toml", &text), ("base.toml", &base)]).unwrap_err();
    error.to_string()
}

/// An SPI display, with what is to be changed of it.
fn spi(change: &str) -> String {
    format!(
        "[display]\nkind = 'spi'\ndriver = 'st7789'\ndevice = '/dev/spidev0.0'
        width = 240\nheight = 240\n{change}\n[display.dc]\nkind = 'rppal'\nline = 25\n"
    )
}

#[test]
fn an_spi_display_is_checked_with_its_lines() {
    let base = std::fs::read_to_string(shipped("base.toml")).unwrap();
    let text = format!(
        "inherits = 'base.toml'\nname = 'a'\n{}",
        spi("offset_y = 80")
    );
    let board = read(&[("a.toml", &text), ("base.toml", &base)]).unwrap();
    let keys: Vec<_> = board.outputs().map(|(key, _)| key).collect();
    assert_eq!(keys, ["door.strike", "display.dc"]);
    let Display::Spi(display) = board.display else {
        panic!("another display");
    };
    assert_eq!((display.speed_hz, display.offset_y), (62_500_000, 80));

    for (change, message) in [
        (
            "offset_y = 81",
            "a.toml: display.offset_y: 81 is not from 0 to 80",
        ),
        (
            "offset_x = 1",
            "a.toml: display.offset_x: 1 is not from 0 to 0",
        ),
        ("speed_hz = 9", "a.toml: display.speed_hz: 9 is not from"),
        ("rotation = 10", "must be 0, 90, 180 or 270"),
        ("colour_order = 'grb'", "grb"),
        ("sped_hz = 9", "did you mean display.speed_hz?"),
    ] {
        let problem = mistake(&spi(change));
        assert!(problem.contains(message), "{problem}");
    }
    let twice = spi("") + "[door.strike]\nkind = 'rppal'\nline = 'GPIO25'";
    assert!(
        mistake(&twice)
            .contains("a.toml: display.dc: line GPIO25 of the header is that of door.strike")
    );
}

#[test]
fn a_back_end_takes_its_own_lines_only() {
    let strike = |line: &str| mistake(&format!("[door.strike]\n{line}"));
    for (line, message) in [
        (
            "kind = 'rppal'\nline = 28",
            "GPIO0 to GPIO27, and not as 28",
        ),
        ("kind = 'rppal'\nline = 'TXD'", "GPIO0 to GPIO27"),
        ("kind = 'rppal'\nline = 17\nchip = '/dev/gpiochip0'", "chip"),
        ("kind = 'linux-embedded-hal'\nline = '17'", "chip"),
        ("kind = 'sysfs'\nline = '17'", "linux-embedded-hal"),
    ] {
        let problem = strike(line);
        assert!(
            problem.contains(message) && problem.contains("a.toml"),
            "{problem}"
        );
        assert!(problem.contains("door.strike"), "{problem}");
    }
    let biased = "[door.rex]\nkind = 'linux-embedded-hal'\nchip = '/dev/gpiochip0'\nline = '4'
        bias = 'pull-up'";
    assert!(mistake(biased).contains("bias"));
}
