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

/// As numbers of maps.
fn numbers<N: Number>(values: &[f32]) -> Vec<N> {
    values.iter().copied().map(N::from_f32).collect()
}

/// Numbers that a map must not keep.
fn blank<N: Number>(case: &Case) -> Vec<N> {
    vec![N::from_f32(f32::NAN); case.height * case.width * case.padded()]
}

/// Runs a case of values on one instruction set.
fn values<N: Number>(
    set: &InstructionSet<N>,
    case: &Case,
    input: &[f32],
    weights: &[f32],
) -> Vec<f32> {
    let mut output = blank(case);
    let residual = numbers(&case.residual);
    let operands = [input, weights];
    run_values(set, case, operands, case.apart(&residual), &mut output);
    case.real(&output)
}

fn run_values<N: Number>(
    set: &InstructionSet<N>,
    case: &Case,
    [input, weights]: [&[f32]; 2],
    residual: Residual<'_, N>,
    output: &mut [N],
) {
    let input = numbers(input);
    if case.dense {
        let packed = Packed::dense(set, case.dense_shape(), weights, case.after()).unwrap();
        set.dense(&mut case.convolution(&input, &packed, residual, output))
            .unwrap();
    } else {
        let shape = case.depthwise_shape();
        let packed = Packed::depthwise(set, shape, weights, case.after()).unwrap();
        set.depthwise(&mut case.convolution(&input, &packed, residual, output))
            .unwrap();
    }
}

/// Runs a case of bytes on one instruction set.
fn bytes<N: Number>(
    set: &InstructionSet<N>,
    case: &Case,
    input: &[f32],
    weights: &[i8],
) -> Vec<f32> {
    let (input, residual, mut output) = (numbers(input), numbers(&case.residual), blank(case));
    let shape = case.dense_shape();
    let packed = Packed::dense_bytes(set, shape, weights, &case.scale, case.after()).unwrap();
    set.dense_bytes(&mut case.convolution(&input, &packed, case.apart(&residual), &mut output))
        .unwrap();
    case.real(&output)
}

/// All sets of f16, the portable one last.
fn all_halves() -> impl Iterator<Item = InstructionSet<F16>> {
    InstructionSet::halves()
        .into_iter()
        .chain([InstructionSet::portable_halves()])
}

/// Miri is some thousand times slower.
const CASES: usize = if cfg!(miri) { 6 } else { 150 };

#[test]
fn floats_agree_with_plain_loops_on_every_set() {
    let mut random = Random(1);
    for number in 0..CASES {
        let case = Case::new(&mut random, number % 2 == 0);
        let (input, weights) = (
            random.floats(case.input_len()),
            random.floats(case.weights_len()),
        );
        let expected = case.expected(&input, |w| f64::from(weights[w]));
        for set in InstructionSet::available() {
            close(&values(&set, &case, &input, &weights), &expected);
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
        let channels = case.padded();
        for set in InstructionSet::available() {
            let mut apart = vec![f32::NAN; case.residual.len()];
            let residual = Residual::Apart {
                values: &case.residual,
                view: case.view(),
                channels,
            };
            run_values(&set, &case, operands, residual, &mut apart);
            let mut in_place = case.residual.clone();
            let residual = Residual::InPlace { channels };
            run_values(&set, &case, operands, residual, &mut in_place);
            assert_eq!(case.real(&in_place), case.real(&apart), "{}", set.name);
        }
    }
}

#[test]
fn bytes_agree_bit_for_bit_on_every_set() {
    let mut random = Random(2);
    for _ in 0..CASES {
        let case = Case::pointwise(&mut random);
        let input = random.floats(case.input_len());
        let weights = random.weights(case.weights_len());
        let expected = case.expected_in_bytes(&input, &weights);
        for set in InstructionSet::available() {
            assert!(
                expected == bytes(&set, &case, &input, &weights),
                "{}",
                set.name
            );
        }
    }
}

#[test]
fn halves_agree_bit_for_bit_with_the_portable_ones() {
    let mut random = Random(12);
    let portable = InstructionSet::portable_halves();
    for number in 0..CASES {
        let case = Case::new(&mut random, number % 2 == 0);
        // Few enough steps below the least normal number, and far beyond the greatest, to be met now and then.
        let scale = [1.0, 1e-4, 1e2][number % 3];
        let input: Vec<f32> = random.floats(case.input_len());
        let input: Vec<f32> = input.into_iter().map(|v| v * scale).collect();
        let weights = random.floats(case.weights_len());
        let weights: Vec<f32> = weights.into_iter().map(|v| v * scale).collect();
        let expected = values(&portable, &case, &input, &weights);
        if let Some(set) = InstructionSet::halves() {
            let found = values(&set, &case, &input, &weights);
            for (a, b) in found.iter().zip(&expected) {
                let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                assert!(same, "{}: {a} {b}", set.name);
            }
        }
    }
}

/// Whole numbers up to 2048 are exact in f16, and so must be all that is made of them.
#[test]
fn halves_agree_with_plain_loops_on_every_set() {
    let mut random = Random(13);
    for number in 0..CASES {
        let mut case = Case::new(&mut random, number % 2 == 0);
        case.after = case.after.map(|after| random.signs(after.len()));
        case.residual = random.signs(case.residual.len());
        let input = random.signs(case.input_len());
        let weights = random.signs(case.weights_len());
        let expected = case.expected(&input, |w| f64::from(weights[w]));
        for set in all_halves() {
            let found = values(&set, &case, &input, &weights);
            assert!(found == expected, "{}", set.name);
        }
    }
}

#[test]
fn bytes_of_halves_agree_bit_for_bit_on_every_set() {
    let rounded = |values: &[f32]| -> Vec<f32> {
        let halves: Vec<F16> = numbers(values);
        halves.into_iter().map(F16::to_f32).collect()
    };
    let mut random = Random(14);
    for _ in 0..CASES {
        let mut case = Case::pointwise(&mut random);
        case.residual = rounded(&case.residual);
        let input = rounded(&random.floats(case.input_len()));
        let weights = random.weights(case.weights_len());
        let expected = rounded(&case.expected_in_bytes(&input, &weights));
        for set in all_halves() {
            let found = bytes(&set, &case, &input, &weights);
            assert!(found == expected, "{}", set.name);
        }
    }
}

#[test]
fn rounding_to_bytes_errs_by_half_a_step_at_most() {
    let mut random = Random(5);
    for _ in 0..CASES {
        let mut case = Case::pointwise(&mut random);
        case.after[1].fill(1.0);
        let input = random.floats(case.input_len());
        let weights = random.weights(case.weights_len());
        let each = case.inputs;
        let weight = |w: usize| f64::from(weights[w]) * f64::from(case.scale[w / each]);
        let exact = case.expected(&input, weight);
        let found = bytes(&InstructionSet::detect(), &case, &input, &weights);
        for (i, (exact, found)) in exact.iter().zip(found).enumerate() {
            let o = i % case.outputs;
            let most: f64 = (o * each..(o + 1) * each).map(|w| weight(w).abs()).sum();
            // Inputs span 2 at most.
            let allowed = most as f32 * (2.0 / 255.0 / 2.0) * 1.01 + 1e-4;
            assert!((exact - found).abs() <= allowed, "{exact} {found}");
        }
    }
}

#[test]
fn the_extremes_of_bytes_do_not_saturate() {
    for set in InstructionSet::available() {
        for (high, weight) in [(255.0, -127), (255.0, 127), (0.0, -127)] {
            let mut case = Case::pointwise(&mut Random(3));
            case.after[1].fill(1.0);
            // One channel of each pixel is zero, so that the others are its whole range.
            let mut input = vec![high; case.input_len()];
            input
                .iter_mut()
                .step_by(case.column_pitch)
                .for_each(|v| *v = 0.0);
            let weights = vec![weight; case.weights_len()];
            let found = bytes(&set, &case, &input, &weights);
            assert_eq!(
                found,
                case.expected_in_bytes(&input, &weights),
                "{}",
                set.name
            );
            let exact = case.expected(&input, |w| {
                f64::from(weight) * f64::from(case.scale[w / case.inputs])
            });
            for (found, exact) in found.iter().zip(exact) {
                assert!((found - exact).abs() <= 1e-5 * (1.0 + exact.abs()));
            }
        }
    }
}

#[test]
fn a_pixel_of_one_value_is_not_divided_by_its_range() {
    for value in [0.0, -3.5, f32::MIN_POSITIVE] {
        let case = Case::pointwise(&mut Random(6));
        let input = vec![value; case.input_len()];
        let weights = vec![1; case.weights_len()];
        let found = bytes(&InstructionSet::detect(), &case, &input, &weights);
        let expected = case.expected(&input, |w| f64::from(case.scale[w / case.inputs]));
        close(&found, &expected);
    }
}

#[test]
fn a_pixel_that_has_overflowed_gives_no_number() {
    for fault in [f32::INFINITY, f32::NEG_INFINITY] {
        let case = Case::pointwise(&mut Random(10));
        let mut random = Random(11);
        let mut input = random.floats(case.input_len());
        input
            .iter_mut()
            .skip(1)
            .step_by(case.column_pitch)
            .for_each(|v| *v = fault);
        let weights = random.weights(case.weights_len());
        for set in InstructionSet::available() {
            let found = bytes(&set, &case, &input, &weights);
            assert!(found.iter().all(|v| !v.is_finite()), "{}", set.name);
        }
    }
}

#[test]
fn bytes_refuse_what_they_cannot_do() {
    let mut case = Case::pointwise(&mut Random(8));
    let set = InstructionSet::detect();
    let mut random = Random(9);
    for inputs in [16, 24] {
        case.inputs = inputs;
        case.column_pitch = inputs;
        let input = random.floats(case.input_len());
        let weights = random.weights(case.weights_len());
        let packed = Packed::dense_bytes(
            &set,
            case.dense_shape(),
            &weights,
            &case.scale,
            case.after(),
        )
        .unwrap();
        let mut output = vec![0.0; case.height * case.width * case.padded()];
        let ran =
            set.dense_bytes(&mut case.convolution(&input, &packed, Residual::None, &mut output));
        assert_eq!(ran.is_err(), inputs == 24);
    }
    assert!(!InstructionSet::<f32>::can_bytes(16, 4096, &[1]));
    assert!(!InstructionSet::<f32>::can_bytes(0, 1, &[]));
    assert!(InstructionSet::<f32>::can_bytes(16, 1, &[-127, 127]));
    assert!(!InstructionSet::<f32>::can_bytes(16, 1, &[-128]));
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
            Packed::dense(&set, case.dense_shape(), &weights, case.after()).unwrap()
        } else {
            Packed::depthwise(&set, case.depthwise_shape(), &weights, case.after()).unwrap()
        };
        let length = case.height * case.width * case.padded();
        let run = |change: &dyn Fn(&mut Convolution<'_, f32, f32>), length: usize| {
            let mut output = vec![0.0; length];
            let mut c = case.convolution(&input, &packed, case.apart(&case.residual), &mut output);
            change(&mut c);
            if dense {
                set.dense(&mut c)
            } else {
                set.depthwise(&mut c)
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
