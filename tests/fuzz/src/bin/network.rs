//! A network that grows as the input says, each node fit for what it reads: it is planned, and run.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use ostiary::vision::{Arithmetic, InstructionSet, Network as _, PlannedNetwork};
use ostiary_fuzz::onnx::{Network, entry, int, ints};

/// Of a side of the input, in pixels.
const SIDE: usize = 8;
const MOST_NODES: usize = 24;

/// A tensor by its name and its height, width and channels.
type Map = (String, [usize; 3]);

/// The input's next byte as a small f32; zeros when it has ended.
fn values<'a>(u: &'a mut Unstructured<'_>) -> impl Iterator<Item = f32> + 'a {
    std::iter::from_fn(|| Some(f32::from(u.arbitrary::<i8>().unwrap_or_default()) / 16.0))
}

fn convolution(
    u: &mut Unstructured<'_>,
    network: &mut Network,
    from: &Map,
    to: &str,
) -> Result<Option<[usize; 3]>> {
    let [height, width, channels] = from.1;
    let depthwise = u.ratio(1, 3)? && from.0 != "x";
    let outputs = if depthwise {
        channels
    } else {
        u.int_in_range(1..=40)?
    };
    let [rows, columns] = [u.int_in_range(1..=5)?, u.int_in_range(1..=5)?];
    let stride: usize = u.int_in_range(1..=3)?;
    let pads = [
        u.int_in_range(0..=rows - 1)?,
        u.int_in_range(0..=columns - 1)?,
        u.int_in_range(0..=rows - 1)?,
        u.int_in_range(0..=columns - 1)?,
    ];
    let [tall, wide] = [height + pads[0] + pads[2], width + pads[1] + pads[3]];
    if tall < rows || wide < columns {
        return Ok(None);
    }
    let dims = [outputs, if depthwise { 1 } else { channels }, rows, columns];
    let weights = if u.arbitrary()? {
        let bytes = network.bytes(
            &dims,
            std::iter::from_fn(|| Some(u.arbitrary().unwrap_or_default())),
        );
        let scale = network.floats(&[outputs], values(u));
        let weights = format!("{to}w");
        network.node(
            "DequantizeLinear",
            &[&bytes, &scale],
            &weights,
            &[int("axis", 0)],
        );
        weights
    } else {
        network.floats(&dims, values(u))
    };
    let bias = network.floats(&[outputs], values(u));
    let group = if depthwise { channels } else { 1 };
    network.node(
        "Conv",
        &[&from.0, &weights, &bias],
        to,
        &[
            ints("kernel_shape", &[rows as i64, columns as i64]),
            ints("strides", &[stride as i64; 2]),
            ints("pads", &pads.map(|pad| pad as i64)),
            int("group", group as i64),
        ],
    );
    Ok(Some([
        (tall - rows) / stride + 1,
        (wide - columns) / stride + 1,
        outputs,
    ]))
}

/// The file and the size of its one output.
fn grow(u: &mut Unstructured<'_>) -> Result<(Vec<u8>, usize)> {
    let mut network = Network::default();
    let mut maps: Vec<Map> = vec![("x".into(), [SIDE, SIDE, 3])];
    for number in 0..u.int_in_range(1..=MOST_NODES)? {
        let name = format!("m{number}");
        let from = maps[u.choose_index(maps.len())?].clone();
        let [height, width, channels] = from.1;
        let shape = match u.int_in_range(0..=8)? {
            0..=2 => convolution(u, &mut network, &from, &name)?,
            3 => {
                network.node("Relu", &[&from.0], &name, &[]);
                Some(from.1)
            }
            4 => {
                let slopes = network.floats(&[channels, 1, 1], values(u));
                network.node("PRelu", &[&from.0, &slopes], &name, &[]);
                Some(from.1)
            }
            5 | 6 => {
                let fit: Vec<&Map> = maps.iter().filter(|map| map.1 == from.1).collect();
                network.node("Add", &[&from.0, &u.choose(&fit)?.0], &name, &[]);
                Some(from.1)
            }
            7 => {
                let more = u.int_in_range(0..=20)?;
                let pads = network.longs(&[0, 0, 0, 0, 0, more as i64, 0, 0]);
                network.node("Pad", &[&from.0, &pads], &name, &[]);
                Some([height, width, channels + more])
            }
            _ if height.max(width) > 16 => None,
            _ => {
                let scales = network.floats(&[4], [1.0, 1.0, 2.0, 2.0].into_iter());
                network.node("Resize", &[&from.0, "", &scales], &name, &[]);
                Some([2 * height, 2 * width, channels])
            }
        };
        maps.extend(shape.map(|shape| (name, shape)));
    }
    let (mut rows, mut size) = (Vec::new(), 0);
    let flat = network.longs(&[1, -1, 1]);
    for part in 0..u.int_in_range(1..=3)? {
        let (from, shape) = u.choose(&maps)?.clone();
        let [turned, row] = [format!("t{part}"), format!("r{part}")];
        network.node(
            "Transpose",
            &[&from],
            &turned,
            &[ints("perm", &[0, 2, 3, 1])],
        );
        network.node("Reshape", &[&turned, &flat], &row, &[]);
        rows.push(row);
        size += shape.iter().product::<usize>();
    }
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    network.node("Concat", &rows, "out", &[int("axis", 1)]);
    Ok((network.file(&["out"]), size))
}

fuzz_target!(|bytes: &[u8]| {
    let Ok((file, size)) = grow(&mut Unstructured::new(bytes)) else {
        return;
    };
    for set in [InstructionSet::detect(), InstructionSet::portable()] {
        for arithmetic in [Arithmetic::Floats, Arithmetic::Int8] {
            let planned =
                PlannedNetwork::from_onnx(&file, &entry(SIDE, vec![1, size]), set, arithmetic);
            if let Ok(mut planned) = planned {
                let input = vec![0.5; planned.input_len()];
                planned.run(&input).expect("what was planned can be run");
            }
        }
    }
});
