//! Every instruction set of this processor against the portable one, and that one against plain loops, on
//! random shapes. Needs nothing but the standard library.

mod case;

use case::{Case, Random};

use super::*;

fn close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "{a} {b}");
    }
}

/// Runs a f32 case on one instruction set.
fn floats(set: &InstructionSet, case: &Case, input: &[f32], weights: &[f32]) -> Vec<f32> {
    let mut output = vec![f32::NAN; case.height * case.width * case.padded()];
    run_floats(
        set,
        case,
        [input, weights],
        case.residual(true),
        &mut output,
    );
    case.real(&output)
}

fn run_floats(
    set: &InstructionSet,
    case: &Case,
    [input, weights]: [&[f32]; 2],
    residual: Residual<'_>,
    output: &mut [f32],
) {
    let output = Output::F32(output);
    if case.dense {
        let packed = Packed::dense_f32(set, case.dense_shape(), weights, case.after()).unwrap();
        set.dense_f32(&mut case.convolution(input, &packed, residual, output))
            .unwrap();
    } else {
        let shape = case.depthwise_shape();
        let packed = Packed::depthwise_f32(set, shape, weights, case.after()).unwrap();
        set.depthwise_f32(&mut case.convolution(input, &packed, residual, output))
            .unwrap();
    }
}

/// Runs a case of bytes on one instruction set: to f32, and to bytes.
fn bytes(set: &InstructionSet, case: &Case, input: &[u8], weights: &[i8]) -> (Vec<f32>, Vec<u8>) {
    let length = case.height * case.width * case.padded();
    let (mut values, mut output) = (vec![f32::NAN; length], vec![0; length]);
    let to_values = Output::F32(&mut values);
    let to_bytes = Output::U8(&mut output, case.zero);
    let (one, other) = (case.residual(true), case.residual(false));
    let packed =
        Packed::dense_u8(set, case.dense_shape(), weights, case.zero, case.after()).unwrap();
    set.dense_u8(&mut case.convolution(input, &packed, one, to_values))
        .unwrap();
    set.dense_u8(&mut case.convolution(input, &packed, other, to_bytes))
        .unwrap();
    (case.real(&values), case.real(&output))
}

/// Miri is some thousand times slower.
const CASES: usize = if cfg!(miri) { 2 } else { 150 };

#[test]
fn floats_agree_with_plain_loops_on_every_set() {
    let mut random = Random(1);
    for number in 0..CASES {
        let case = Case::new(&mut random, number % 2 == 0);
        let (input, weights) = (
            random.floats(case.input_len()),
            random.floats(case.weights_len()),
        );
        let expected = case.expected(|i| f64::from(input[i]), |w| f64::from(weights[w]));
        for set in InstructionSet::available() {
            close(&floats(&set, &case, &input, &weights), &expected);
        }
    }
}

#[test]
fn a_residual_may_lie_in_the_output() {
    let mut random = Random(7);
    for number in 0..CASES {
        let case = Case::new(&mut random, number % 2 == 0);
        let input = random.floats(case.input_len());
        let weights = random.floats(case.weights_len());
        let operands = [&input[..], &weights];
        let (channels, scale) = (case.padded(), 0.37);
        for set in InstructionSet::available() {
            let mut apart = vec![f32::NAN; case.residual_f32.len()];
            let residual = Residual::F32 {
                values: &case.residual_f32,
                view: case.view(),
                channels,
                scale,
            };
            run_floats(&set, &case, operands, residual, &mut apart);
            let mut in_place = case.residual_f32.clone();
            let residual = Residual::InPlace { channels, scale };
            run_floats(&set, &case, operands, residual, &mut in_place);
            assert_eq!(case.real(&in_place), case.real(&apart), "{}", set.name);
        }
    }
}

#[test]
fn bytes_agree_bit_for_bit_on_every_set() {
    let mut random = Random(2);
    for _ in 0..CASES {
        let mut case = Case::new(&mut random, true);
        // Sums of bytes are large: bring them to where rounding and clamping matter.
        let spread = 64.0 * (case.rows * case.columns * case.inputs) as f32;
        case.after[0]
            .iter_mut()
            .for_each(|scale| *scale /= spread / 4.0);
        case.after[1].iter_mut().for_each(|bias| *bias *= 100.0);
        let (input, weights) = (
            random.bytes(case.input_len()),
            random.weights(case.weights_len()),
        );
        let (values, output) = bytes(&InstructionSet::portable(), &case, &input, &weights);
        let expected = case.expected(
            |i| f64::from(input[i]) - f64::from(case.zero),
            |w| f64::from(weights[w]),
        );
        assert_eq!(values, expected);
        for set in InstructionSet::available() {
            assert!(
                (values.clone(), output.clone()) == bytes(&set, &case, &input, &weights),
                "{}",
                set.name
            );
        }
    }
}

#[test]
fn the_extremes_of_bytes_do_not_saturate() {
    for set in InstructionSet::available() {
        for (byte, weight) in [(255, -128), (255, 127), (0, -128)] {
            let mut case = Case::new(&mut Random(3), true);
            (
                case.rows,
                case.columns,
                case.height,
                case.width,
                case.stride,
            ) = (1, 1, 1, 1, 1);
            case.input_width = 1;
            case.after = [
                vec![1.0; case.outputs],
                vec![0.0; case.outputs],
                vec![1.0; case.outputs],
            ];
            case.residual_channels = 0;
            let input = vec![byte; case.input_len()];
            let (values, _) = bytes(&set, &case, &input, &vec![weight; case.weights_len()]);
            let product = (i32::from(byte) - i32::from(case.zero)) * i32::from(weight);
            assert_eq!(
                values,
                vec![(product * case.inputs as i32) as f32; case.outputs],
                "{}",
                set.name
            );
        }
    }
}

#[test]
fn a_convolution_that_does_not_fit_is_refused() {
    let mut random = Random(4);
    for dense in [true, false] {
        let case = Case::new(&mut random, dense);
        let set = InstructionSet::detect();
        let (input, weights) = (
            random.floats(case.input_len()),
            random.floats(case.weights_len()),
        );
        let packed = if dense {
            Packed::dense_f32(&set, case.dense_shape(), &weights, case.after()).unwrap()
        } else {
            Packed::depthwise_f32(&set, case.depthwise_shape(), &weights, case.after()).unwrap()
        };
        let length = case.height * case.width * case.padded();
        let run = |change: &dyn Fn(&mut Convolution<'_, f32, f32>), length: usize| {
            let mut output = vec![0.0; length];
            let mut c = case.convolution(
                &input,
                &packed,
                case.residual(false),
                Output::F32(&mut output),
            );
            change(&mut c);
            if dense {
                set.dense_f32(&mut c)
            } else {
                set.depthwise_f32(&mut c)
            }
        };
        assert_eq!(run(&|_| {}, length), Ok(()));
        // Pixels are padded for the widest vectors, and narrow ones need not reach the end.
        let pad = 16;
        assert_eq!(run(&|_| {}, length - pad), Err(Misfit));
        assert_eq!(run(&|c| c.input = &c.input[pad..], length), Err(Misfit));
        assert_eq!(run(&|c| c.from.start += pad, length), Err(Misfit));
        assert_eq!(
            run(&|c| c.from.row = usize::MAX, length).is_err(),
            case.height > 1
        );
        assert_eq!(run(&|c| c.taps.rows += 1, length), Err(Misfit));
        assert_eq!(run(&|c| c.taps.columns = 0, length), Err(Misfit));
        assert_eq!(
            run(&|c| c.taps.column_pitch = usize::MAX, length).is_err(),
            dense || case.columns > 1
        );
        assert_eq!(run(&|c| c.height = 0, length), Err(Misfit));
        assert_eq!(run(&|c| c.height += 1, length), Err(Misfit));
        assert_eq!(run(&|c| c.to.start += pad, length), Err(Misfit));
    }
}
