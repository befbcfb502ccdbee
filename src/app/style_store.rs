//! [`StyleStore`]: the source of styles. A loader reads them on its own thread, so a slow disk or a huge
//! picture never blocks the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::app::pipeline_handle::Waker;
use crate::domain::frame::Picture;
use crate::domain::style::{Style, StyleId};
use crate::domain::thread::{guarded, spawn_named};
use crate::pictures::thumbnail::thumbnail;
use crate::ui::scene::StyleThumb;

/// The source of styles. Errors are plain sentences: what, why, what to do.
pub trait StyleStore: Send {
    /// Opens the style with this identifier.
    fn open(&mut self, id: &StyleId) -> Result<Arc<Style>, String>;

    /// Reads `path` and stores it as a style.
    fn add_file(&mut self, path: &Path) -> Result<Arc<Style>, String>;

    /// Stores a pasted picture as a style.
    fn add_picture(&mut self, picture: Picture) -> Result<Arc<Style>, String>;
}

/// A request to the loader.
#[derive(Debug)]
pub(crate) enum Request {
    Open(StyleId),
    /// Open a style to mix in.
    OpenSecond(StyleId),
    AddFile(PathBuf),
    AddPicture(Picture),
}

/// The loader's answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A style of the strip.
    Opened(Arc<Style>),
    /// A style to mix in.
    OpenedSecond(Arc<Style>),
    /// A new style with its thumbnail.
    Added(Arc<Style>, StyleThumb),
    /// A style of the strip could not be read: a plain sentence.
    NotOpened(String),
    /// A new picture could not be read or stored: a plain sentence.
    NotAdded(String),
}

/// Capacity of the request queue; users are not quicker.
const DEPTH: usize = 16;

/// The window's end of the loader thread. The thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct StyleLoader {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
    /// Number of new pictures being read.
    adding: usize,
}

impl StyleLoader {
    /// Starts the thread.
    pub(crate) fn start(store: Box<dyn StyleStore>, waker: Waker) -> std::io::Result<Self> {
        let (requests, inbox) = bounded(DEPTH);
        let (outbox, answers) = bounded(DEPTH);
        spawn_named("styles", move || serve(store, &inbox, &outbox, &waker))?;
        Ok(Self {
            requests,
            answers,
            adding: 0,
        })
    }

    /// Sends a request, or returns why it is refused.
    pub(crate) fn ask(&mut self, request: Request) -> Result<(), &'static str> {
        let adds = matches!(request, Request::AddFile(_) | Request::AddPicture(_));
        self.requests
            .try_send(request)
            .map_err(|error| match error {
                TrySendError::Full(_) => "Too many pictures at once; try again in a moment.",
                TrySendError::Disconnected(_) => {
                    "The reader of pictures has stopped. Close Vizard and start it anew."
                }
            })?;
        self.adding += usize::from(adds);
        Ok(())
    }

    /// Returns the next answer, if one is available.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        if matches!(answer, Answer::Added(..) | Answer::NotAdded(_)) {
            self.adding = self.adding.saturating_sub(1);
        }
        Some(answer)
    }

    /// Whether a new picture is being read.
    pub(crate) fn is_adding(&self) -> bool {
        self.adding > 0
    }
}

fn serve(
    mut store: Box<dyn StyleStore>,
    inbox: &Receiver<Request>,
    outbox: &Sender<Answer>,
    waker: &Waker,
) {
    for request in inbox {
        let adds = matches!(request, Request::AddFile(_) | Request::AddPicture(_));
        // Requests are independent, so a panic affects only one.
        let answer = guarded(|| answer_to(&mut *store, request)).unwrap_or_else(|why| {
            let why = format!("The picture could not be used ({why}). Choose another one.");
            if adds {
                Answer::NotAdded(why)
            } else {
                Answer::NotOpened(why)
            }
        });
        if outbox.send(answer).is_err() {
            return;
        }
        waker.wake();
    }
}

fn answer_to(store: &mut dyn StyleStore, request: Request) -> Answer {
    match request {
        Request::Open(id) => match store.open(&id) {
            Ok(style) => Answer::Opened(style),
            Err(why) => Answer::NotOpened(why),
        },
        Request::OpenSecond(id) => match store.open(&id) {
            Ok(style) => Answer::OpenedSecond(style),
            Err(why) => Answer::NotOpened(why),
        },
        Request::AddFile(path) => added(store.add_file(&path)),
        Request::AddPicture(picture) => added(store.add_picture(picture)),
    }
}

fn added(style: Result<Arc<Style>, String>) -> Answer {
    let style = match style {
        Ok(style) => style,
        Err(why) => return Answer::NotAdded(why),
    };
    let thumb = StyleThumb {
        id: style.id.clone(),
        title: style.title.clone(),
        thumbnail: Arc::new(thumbnail(&style.picture)),
    };
    Answer::Added(style, thumb)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics on every second file.
    struct Shaky(u32);

    impl StyleStore for Shaky {
        fn open(&mut self, _: &StyleId) -> Result<Arc<Style>, String> {
            panic!("a bad style")
        }

        fn add_file(&mut self, _: &Path) -> Result<Arc<Style>, String> {
            self.0 += 1;
            assert!(self.0.is_multiple_of(2), "a bad picture");
            Err("no picture".into())
        }

        fn add_picture(&mut self, _: Picture) -> Result<Arc<Style>, String> {
            Err("no picture".into())
        }
    }

    fn next_answer(loader: &mut StyleLoader) -> Answer {
        loop {
            if let Some(answer) = loader.answer() {
                return answer;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_picture_that_breaks_its_reader_is_told_and_the_next_one_is_read() {
        let mut loader = StyleLoader::start(Box::new(Shaky(0)), Waker::default()).unwrap();

        loader.ask(Request::AddFile("bad".into())).unwrap();
        let first = next_answer(&mut loader);
        assert!(!loader.is_adding(), "no spinner is left");
        loader.ask(Request::AddFile("good".into())).unwrap();
        let second = next_answer(&mut loader);
        loader.ask(Request::Open(StyleId("ink".into()))).unwrap();
        let third = next_answer(&mut loader);

        assert!(matches!(first, Answer::NotAdded(why) if why.contains("a bad picture")));
        assert!(matches!(second, Answer::NotAdded(why) if why == "no picture"));
        assert!(matches!(third, Answer::NotOpened(why) if why.contains("a bad style")));
    }
}
