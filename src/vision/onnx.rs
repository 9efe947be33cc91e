//! What every reader of an ONNX file needs.

use prost::Message as _;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{ModelProto, TensorProto};

/// A file's message.
///
/// # Errors
/// A sentence, if it is none.
pub fn decode(bytes: &[u8]) -> Result<ModelProto, String> {
    ModelProto::decode(bytes).map_err(|error| format!("it is no ONNX file: {error}"))
}

/// The values of a tensor of integers.
///
/// # Errors
/// If it is none, or has not as many values as its shape says.
pub fn integers(tensor: &TensorProto) -> Result<Vec<i32>, String> {
    let raw = &tensor.raw_data;
    let values: Vec<i32> = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Int8) if !raw.is_empty() => {
            raw.iter().map(|&b| i32::from(b.cast_signed())).collect()
        }
        Ok(DataType::Uint8) if !raw.is_empty() => raw.iter().map(|&b| i32::from(b)).collect(),
        Ok(DataType::Int32) if !raw.is_empty() => raw
            .as_chunks()
            .0
            .iter()
            .map(|b| i32::from_le_bytes(*b))
            .collect(),
        Ok(DataType::Int8 | DataType::Uint8 | DataType::Int32) => tensor.int32_data.clone(),
        _ => return Err(format!("{} is no integer tensor", tensor.name)),
    };
    counted(tensor, values)
}

/// The values of a tensor of f32.
///
/// # Errors
/// As [`integers`].
pub fn floats(tensor: &TensorProto) -> Result<Vec<f32>, String> {
    if DataType::try_from(tensor.data_type) != Ok(DataType::Float) {
        return Err(format!("{} is no f32 tensor", tensor.name));
    }
    let values = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        let (chunks, _) = tensor.raw_data.as_chunks();
        chunks.iter().map(|b| f32::from_le_bytes(*b)).collect()
    };
    counted(tensor, values)
}

/// The values, if there are as many as the shape says.
fn counted<T>(tensor: &TensorProto, values: Vec<T>) -> Result<Vec<T>, String> {
    let expected = tensor.dims.iter().try_fold(1_i64, |n, &d| n.checked_mul(d));
    if expected == i64::try_from(values.len()).ok() {
        Ok(values)
    } else {
        Err(format!("{} has {} values", tensor.name, values.len()))
    }
}
