//! [`StyleShelf`]: where styles come from. A librarian is the thread that reads them, so that a
//! slow disk or a huge picture never stops the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::app::engine::Waker;
use crate::domain::frame::Picture;
use crate::domain::style::{Style, StyleId};
use crate::domain::thread::spawn_named;
use crate::pictures::thumbnail::thumbnail;
use crate::ui::scene::StyleThumb;

/// Where styles come from. Errors are plain sentences: what, why, what to do.
pub trait StyleShelf: Send {
    /// The style of this name.
    fn open(&mut self, id: &StyleId) -> Result<Arc<Style>, String>;

    /// Reads `path` and keeps it as a style.
    fn add_file(&mut self, path: &Path) -> Result<Arc<Style>, String>;

    /// Keeps a pasted picture as a style.
    fn add_picture(&mut self, picture: Picture) -> Result<Arc<Style>, String>;
}

/// Something to be read.
#[derive(Debug)]
pub(crate) enum Request {
    Open(StyleId),
    /// A style to be mixed in.
    OpenSecond(StyleId),
    AddFile(PathBuf),
    AddPicture(Picture),
}

/// What was read.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A style of the strip.
    Opened(Arc<Style>),
    /// A style to be mixed in.
    OpenedSecond(Arc<Style>),
    /// A new style with its small picture.
    Added(Arc<Style>, StyleThumb),
    /// A style of the strip could not be read: a plain sentence.
    NotOpened(String),
    /// A new picture could not be read or kept: a plain sentence.
    NotAdded(String),
}

/// Wishes that wait at most; a person is not quicker.
const DEPTH: usize = 16;

/// The window's end of the reading thread. The thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Librarian {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
    /// New pictures that are being read.
    adding: usize,
}

impl Librarian {
    /// Starts the thread.
    pub(crate) fn start(shelf: Box<dyn StyleShelf>, waker: Waker) -> std::io::Result<Self> {
        let (requests, inbox) = bounded(DEPTH);
        let (outbox, answers) = bounded(DEPTH);
        spawn_named("styles", move || serve(shelf, &inbox, &outbox, &waker))?;
        Ok(Self {
            requests,
            answers,
            adding: 0,
        })
    }

    /// Hands a request over; says whether there was room.
    pub(crate) fn ask(&mut self, request: Request) -> bool {
        let adds = matches!(request, Request::AddFile(_) | Request::AddPicture(_));
        let taken = self.requests.try_send(request).is_ok();
        self.adding += usize::from(adds && taken);
        taken
    }

    /// The next answer, if one lies there.
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
    mut shelf: Box<dyn StyleShelf>,
    inbox: &Receiver<Request>,
    outbox: &Sender<Answer>,
    waker: &Waker,
) {
    for request in inbox {
        let answer = match request {
            Request::Open(id) => match shelf.open(&id) {
                Ok(style) => Answer::Opened(style),
                Err(why) => Answer::NotOpened(why),
            },
            Request::OpenSecond(id) => match shelf.open(&id) {
                Ok(style) => Answer::OpenedSecond(style),
                Err(why) => Answer::NotOpened(why),
            },
            Request::AddFile(path) => added(shelf.add_file(&path)),
            Request::AddPicture(picture) => added(shelf.add_picture(picture)),
        };
        if outbox.send(answer).is_err() {
            return;
        }
        waker.wake();
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
