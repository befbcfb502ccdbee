//! The keyboard: a table for the help overlay, a function that reads the keys, and a limit on pasted text.

use std::path::PathBuf;

use egui::{Context, Event, ImeEvent, Key, Modifiers, Plugin, RawInput};
use url::Url;

/// Maximum length of text taken at once or kept in a field, bytes; no path on Linux is longer.
pub(crate) const LONGEST_TEXT: usize = 4096;

/// The meaning of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Intent {
    /// Use the style at this index of the strip, from 0.
    PickStyle(usize),
    /// Use the next (1) or the previous (-1) style.
    StepStyle(isize),
    /// Start or stop recording.
    Record,
    /// Save the next picture.
    Still,
    /// Toggle the mirrored view.
    Mirror,
    /// Cycle between painting the face, the head or the whole picture.
    Region,
    /// Toggle between the photo's own colours and the style's.
    Colours,
    /// Toggle between tracking one person and everybody.
    OnlyOne,
    /// Add this to the strength.
    Strength(f32),
    /// Show or hide the side panel.
    Panel,
    /// Show or hide the list of keys.
    Help,
    /// Close the topmost overlay.
    Close,
    /// Toggle full screen.
    Fullscreen,
    /// Choose a picture file.
    OpenFile,
}

/// What has the keyboard focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Nowhere,
    Control,
    Text,
}

/// Step of the strength keys.
const STRENGTH_STEP: f32 = 0.05;

/// The lines of the help overlay: keys and their actions.
pub const SHORTCUTS: &[(&str, &str)] = &[
    ("1 to 9", "Pick a style"),
    ("Left Right", "Previous, next style"),
    ("+  -", "More, less of the style"),
    ("F", "Face, head, whole picture"),
    ("C", "Own colours"),
    ("L", "Lock on me"),
    ("M", "Mirror"),
    ("R", "Record, stop"),
    ("S", "Snapshot"),
    ("P", "Side panel"),
    ("Ctrl O", "Open a picture"),
    ("Ctrl V", "Paste a picture"),
    ("F11", "Full screen"),
    ("H  F1", "These keys"),
    ("Tab", "Next control"),
    ("Esc", "Close"),
];

/// Reads the intents from this frame's key events. While text is typed, only Escape and F-keys count; arrow
/// keys belong to a focused control.
pub fn read(ctx: &Context) -> Vec<Intent> {
    let focus = if ctx.text_edit_focused() {
        Focus::Text
    } else if ctx.memory(|memory| memory.focused().is_some()) {
        Focus::Control
    } else {
        Focus::Nowhere
    };
    ctx.input(|input| {
        input
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Key {
                    key,
                    pressed: true,
                    repeat,
                    modifiers,
                    ..
                } => intent(*key, *modifiers, focus).filter(|intent| !repeat || repeats(*intent)),
                _ => None,
            })
            .collect()
    })
}

fn repeats(intent: Intent) -> bool {
    matches!(intent, Intent::StepStyle(_) | Intent::Strength(_))
}

fn intent(key: Key, modifiers: Modifiers, focus: Focus) -> Option<Intent> {
    match key {
        Key::Escape => return Some(Intent::Close),
        Key::F1 => return Some(Intent::Help),
        Key::F11 => return Some(Intent::Fullscreen),
        Key::O if modifiers.command => return Some(Intent::OpenFile),
        _ if focus == Focus::Text || modifiers.command || modifiers.alt => return None,
        _ => {}
    }
    match key {
        Key::ArrowLeft if focus == Focus::Nowhere => Some(Intent::StepStyle(-1)),
        Key::ArrowRight if focus == Focus::Nowhere => Some(Intent::StepStyle(1)),
        Key::R => Some(Intent::Record),
        Key::S => Some(Intent::Still),
        Key::M => Some(Intent::Mirror),
        Key::F => Some(Intent::Region),
        Key::C => Some(Intent::Colours),
        Key::L => Some(Intent::OnlyOne),
        Key::P => Some(Intent::Panel),
        Key::H => Some(Intent::Help),
        Key::Plus | Key::Equals => Some(Intent::Strength(STRENGTH_STEP)),
        Key::Minus => Some(Intent::Strength(-STRENGTH_STEP)),
        _ => digit(key).map(Intent::PickStyle),
    }
}

/// The index in the strip that a digit key selects: 1 is the first.
fn digit(key: Key) -> Option<usize> {
    const DIGITS: [Key; 9] = [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num9,
    ];
    DIGITS.iter().position(|digit| *digit == key)
}

/// Limits the length of text pasted into the window of `ctx`. egui would lay out any text in each frame,
/// and a clipboard can hold a whole book.
pub fn bound_texts(ctx: &Context) {
    ctx.add_plugin(ShortTexts);
}

/// Truncates text before egui receives it.
#[derive(Debug)]
struct ShortTexts;

impl Plugin for ShortTexts {
    fn debug_name(&self) -> &'static str {
        "short texts"
    }

    fn input_hook(&mut self, _ctx: &Context, input: &mut RawInput) {
        for event in &mut input.events {
            if let Event::Paste(text) | Event::Text(text) | Event::Ime(ImeEvent::Commit(text)) =
                event
                && text.len() > LONGEST_TEXT
            {
                text.truncate(text.floor_char_boundary(LONGEST_TEXT));
                text.shrink_to_fit();
            }
        }
    }
}

/// The file that a pasted line of text names, in the form that file managers copy.
pub fn pasted_path(text: &str) -> Option<PathBuf> {
    let line = text.trim();
    let path = if line.starts_with("file://") {
        Url::parse(line).ok()?.to_file_path().ok()?
    } else {
        PathBuf::from(line)
    };
    (path.is_absolute() && !line.contains('\n')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_not_read_while_text_is_typed_but_escape_is() {
        let none = Modifiers::NONE;

        assert_eq!(intent(Key::R, none, Focus::Text), None);
        assert_eq!(intent(Key::R, none, Focus::Nowhere), Some(Intent::Record));
        assert_eq!(intent(Key::Escape, none, Focus::Text), Some(Intent::Close));
    }

    #[test]
    fn arrows_belong_to_a_focused_control() {
        let none = Modifiers::NONE;

        assert_eq!(intent(Key::ArrowLeft, none, Focus::Control), None);
        assert_eq!(
            intent(Key::ArrowLeft, none, Focus::Nowhere),
            Some(Intent::StepStyle(-1))
        );
    }

    #[test]
    fn a_long_text_is_cut_between_letters_and_a_short_one_stays() {
        let cut = |text: &str| {
            let mut input = RawInput::default();
            input.events.push(Event::Paste(text.into()));
            ShortTexts.input_hook(&Context::default(), &mut input);
            match input.events.pop() {
                Some(Event::Paste(text)) => text,
                other => panic!("{other:?}"),
            }
        };

        assert_eq!(cut("/a.png"), "/a.png");
        assert_eq!(cut(&"€".repeat(5000)).len(), LONGEST_TEXT / 3 * 3);
    }

    #[test]
    fn pasted_text_is_taken_only_where_it_names_one_file() {
        let path = |text| pasted_path(text).map(|p| p.to_string_lossy().into_owned());

        assert_eq!(path("file:///a%20b.png\n"), Some("/a b.png".to_owned()));
        assert_eq!(path("/a.png"), Some("/a.png".to_owned()));
        assert_eq!(path("/100%20.png"), Some("/100%20.png".to_owned()));
        assert_eq!(
            path("file:///B%C3%A4r%23%25/%E7%8C%AB.png"),
            Some("/Bär#%/猫.png".to_owned())
        );
        assert_eq!(path("file://elsewhere/a.png"), None);
        assert_eq!(path("hello"), None);
        assert_eq!(path("/a.png\n/b.png"), None);
    }
}
