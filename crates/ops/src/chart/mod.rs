//! What the operations on single charts share: finding and loading a chart, the user's values, and refusals in helm's
//! words.

mod excerpt;
mod load;
mod load_error;
mod refusal;
mod values;

pub use self::excerpt::{Invocation, TemplateView};
pub use self::refusal::Refusal;
pub use self::values::{ChartValues, StandardInput};

pub(crate) use self::excerpt::view;
pub(crate) use self::load::{Located, load, locate};
pub(crate) use self::load_error::{go_error, load_line};
pub(crate) use self::refusal::{failed, refuse};
