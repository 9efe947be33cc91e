//! Attributes of an ONNX node, none overlooked.

use crate::vision::onnx::{AttributeProto, NodeProto};

use super::graph::Window;

/// The largest kernel, stride or padding that is taken.
const LARGEST: i64 = 64;

/// Reads the attributes of a node; each may be asked for once and all must have been by [`Attributes::done`].
pub struct Attributes<'a> {
    left: Vec<&'a AttributeProto>,
}

impl<'a> Attributes<'a> {
    pub fn of(node: &'a NodeProto) -> Self {
        Self {
            left: node.attribute.iter().collect(),
        }
    }

    fn take(&mut self, name: &str) -> Option<&'a AttributeProto> {
        let at = self.left.iter().position(|a| a.name == name)?;
        Some(self.left.swap_remove(at))
    }

    pub fn int(&mut self, name: &str, default: i64) -> i64 {
        self.take(name).map_or(default, |a| a.i)
    }

    pub fn float(&mut self, name: &str, default: f32) -> f32 {
        self.take(name).map_or(default, |a| a.f)
    }

    pub fn ints(&mut self, name: &str) -> Option<&'a [i64]> {
        self.take(name).map(|a| a.ints.as_slice())
    }

    /// Holds an attribute to the value that is understood, which may be left out.
    pub fn text(&mut self, name: &str, understood: &str) -> Result<(), String> {
        match self.take(name) {
            Some(a) if a.s != understood.as_bytes() => Err(format!("{name} is not {understood}")),
            _ => Ok(()),
        }
    }

    /// Holds an attribute to the value that is understood, which may be left out.
    pub fn fixed(&mut self, name: &str, understood: i64) -> Result<(), String> {
        match self.int(name, understood) {
            value if value == understood => Ok(()),
            value => Err(format!("{name} {value} is not {understood}")),
        }
    }

    /// Window and output size of a convolution or a pooling over a map of height x width.
    pub fn window(&mut self, [height, width]: [usize; 2]) -> Result<(Window, [usize; 2]), String> {
        self.text("auto_pad", "NOTSET")?;
        let small = |values: &[i64]| values.iter().all(|v| (0..=LARGEST).contains(v));
        let kernel = self.ints("kernel_shape").ok_or("no kernel_shape")?;
        let strides = self.ints("strides").unwrap_or(&[1, 1]);
        let pads = self.ints("pads").unwrap_or(&[0, 0, 0, 0]);
        let dilations = self.ints("dilations").unwrap_or(&[1, 1]);
        let (&[rows, columns], &[down, across], &[above, before, below, after]) =
            (kernel, strides, pads)
        else {
            return Err("the window has not two dimensions".into());
        };
        let usable = small(kernel) && small(strides) && small(pads) && rows > 0 && columns > 0;
        if !usable || down != across || down == 0 || dilations != [1, 1] {
            return Err(format!(
                "kernel {kernel:?}, strides {strides:?}, pads {pads:?}, dilations {dilations:?}"
            ));
        }
        if above >= rows || below >= rows || before >= columns || after >= columns {
            return Err(format!("pads {pads:?} are as large as the kernel"));
        }
        // All are between 0 and 64.
        let [rows, columns, stride] = [rows, columns, down].map(|v| v as usize);
        let [above, before, below, after] = [above, before, below, after].map(|v| v as usize);
        let steps = |size: usize, kernel: usize| {
            let room = size
                .checked_sub(kernel)
                .ok_or("the kernel is larger than the map")?;
            Ok::<_, String>(room / stride + 1)
        };
        let size = [
            steps(height + above + below, rows)?,
            steps(width + before + after, columns)?,
        ];
        let window = Window {
            rows,
            columns,
            stride,
            above,
            before,
        };
        Ok((window, size))
    }

    /// Refuses what nobody asked for.
    pub fn done(self) -> Result<(), String> {
        match self.left.first() {
            Some(unknown) => Err(format!("attribute {} is not understood", unknown.name)),
            None => Ok(()),
        }
    }
}
