//! [`Window`]: takes compositions and reports from the pipeline, shows the panels, and carries out the
//! user's actions.

use std::sync::Arc;
use std::time::Duration;

use eframe::CreationContext;
use egui::ViewportCommand;

use crate::app::canvas::CanvasSource;
use crate::app::config::AppConfig;
use crate::app::dialog::{Chosen, Dialog, pick_picture};
use crate::app::files::fresh_path;
use crate::app::pipeline_handle::{PipelineHandle, Waker};
use crate::app::style_store::{Answer, Request, StyleLoader, StyleStore};
use crate::domain::control::{Command, PipelineStatus, RecordingState};
use crate::domain::style::Style;
use crate::domain::timing::{Percentiles, Samples};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::notices::{Goes, Notice, Tone};
use crate::ui::scene::{Canvas, Scene};
use crate::ui::theme;
use crate::ui::view::View;

/// Polling interval of a window that receives no wake-up: a lost camera makes no compositions, but its
/// report changes.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Number of compositions in the displayed latency to the screen: about the last five seconds.
const SCREEN_SAMPLES: usize = 120;

/// The application behind the window.
pub struct Window {
    config: AppConfig,
    pipeline: Box<dyn PipelineHandle>,
    canvas_source: Box<dyn CanvasSource>,
    loader: StyleLoader,
    dialog: Dialog,
    waker: Waker,
    view: View,
    canvas: Option<Canvas>,
    status: Option<PipelineStatus>,
    to_screen: Samples,
    to_screen_ms: Percentiles,
    /// Whether the last composition could not be drawn; reported once.
    canvas_failed: bool,
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Window")
            .field("view", &self.view)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Window {
    /// Creates the application for the window of `cc`. An error is a plain sentence.
    pub fn new(
        cc: &CreationContext<'_>,
        config: AppConfig,
        pipeline: Box<dyn PipelineHandle>,
        canvas_source: Box<dyn CanvasSource>,
        store: Box<dyn StyleStore>,
        waker: &Waker,
    ) -> Result<Self, String> {
        theme::apply(&cc.egui_ctx);
        keys::bound_texts(&cc.egui_ctx);
        waker.bind(&cc.egui_ctx);
        let loader = StyleLoader::start(store, waker.clone())
            .map_err(|error| format!("the thread that reads styles did not start: {error}"))?;
        let mut view = View::new(config.settings, config.style.clone());
        view.choose_second(config.second.clone());
        if let Some(note) = &config.note {
            view.tell(Notice::new(Tone::Calm, Goes::WhenDismissed, note));
        }
        Ok(Self {
            dialog: Dialog::new(config.clock.clone()),
            config,
            pipeline,
            canvas_source,
            loader,
            waker: waker.clone(),
            view,
            canvas: None,
            status: None,
            to_screen: Samples::default(),
            to_screen_ms: Percentiles::default(),
            canvas_failed: false,
        })
    }

    /// The panels, for tests.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Takes everything that arrived since the last update.
    fn take_news(&mut self, ctx: &egui::Context) {
        if let Some(composition) = self.pipeline.take_composition() {
            match self.canvas_source.draw(ctx, &composition) {
                Ok(canvas) => {
                    self.canvas = Some(canvas);
                    self.canvas_failed = false;
                }
                Err(why) if !self.canvas_failed => {
                    self.canvas_failed = true;
                    self.tell_bad(format!("The picture could not be drawn. {why}"));
                }
                Err(_) => {}
            }
            let now = self.config.clock.now();
            self.to_screen
                .push(now.since(composition.frame.captured_at));
        }
        if let Some(status) = self.pipeline.status() {
            self.status = Some(status);
            self.to_screen_ms = self.to_screen.percentiles_of(SCREEN_SAMPLES);
        }
        while let Some(answer) = self.loader.answer() {
            self.take_answer(answer);
        }
        match self.dialog.take() {
            Some(Chosen::File(path)) => self.ask(Request::AddFile(path)),
            Some(Chosen::NoChooser) => self.view.ask_for_picture(),
            Some(Chosen::Nothing) | None => {}
        }
    }

    fn take_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Opened(style) => self.wear(style),
            Answer::OpenedSecond(style) => self.pipeline.send(Command::SetSecondStyle(Some(style))),
            Answer::Added(style, thumb) => {
                self.config.styles.retain(|old| old.id != thumb.id);
                self.config.styles.push(thumb);
                self.view.choose(Some(style.id.clone()));
                self.wear(style);
            }
            Answer::NotOpened(why) | Answer::NotAdded(why) => {
                let status = self.status.as_ref().map(|s| &s.style);
                self.view.choose(status.and_then(|s| s.shown.clone()));
                self.view
                    .choose_second(status.and_then(|s| s.second.clone()));
                self.tell_bad(why);
            }
        }
    }

    /// Applies a style, with the settings that suit it.
    fn wear(&mut self, style: Arc<Style>) {
        if let Some(command) = self.view.apply_overrides(style.look) {
            self.pipeline.send(command);
        }
        self.pipeline.send(Command::SetStyle(style));
    }

    fn carry_out(&mut self, action: UiAction, ctx: &egui::Context) {
        match action {
            UiAction::Send(command) => self.pipeline.send(command),
            UiAction::ChooseStyle(id) => self.ask(Request::Open(id)),
            UiAction::ChooseSecond(Some(id)) => self.ask(Request::OpenSecond(id)),
            UiAction::ChooseSecond(None) => self.pipeline.send(Command::SetSecondStyle(None)),
            UiAction::AddStyleFrom(path) => self.ask(Request::AddFile(path)),
            UiAction::AddStylePasted(picture) => self.ask(Request::AddPicture(picture)),
            UiAction::OpenFileDialog => {
                if let Err(error) = self.dialog.open(self.waker.clone(), pick_picture) {
                    self.tell_bad(format!("The file chooser did not open: {error}."));
                }
            }
            UiAction::ToggleRecording if self.is_recording() => {
                self.pipeline.send(Command::StopRecording);
            }
            UiAction::ToggleRecording => self.write_to("mp4", Command::StartRecording),
            UiAction::SaveStill => self.write_to("png", Command::SaveStill),
            UiAction::ToggleFullscreen => {
                let full = ctx.input(|input| input.viewport().fullscreen == Some(true));
                ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
            }
        }
    }

    fn is_recording(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|s| matches!(s.recording, RecordingState::Recording { .. }))
    }

    /// Sends a command with a fresh file name.
    fn write_to(&mut self, extension: &str, command: fn(std::path::PathBuf) -> Command) {
        match fresh_path(&self.config.videos_dir, extension) {
            Ok(path) => self.pipeline.send(command(path)),
            Err(error) => {
                let dir = self.config.videos_dir.display();
                self.tell_bad(format!("Nothing can be saved in {dir}: {error}."));
            }
        }
    }

    fn ask(&mut self, request: Request) {
        if let Err(why) = self.loader.ask(request) {
            self.tell_bad(why.to_owned());
        }
    }

    fn tell_bad(&mut self, text: String) {
        let notice = Notice::new(Tone::Bad, Goes::WhenDismissed, text);
        self.view.tell(notice);
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if (self.config.should_close)() {
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
        self.take_news(ui.ctx());
        let scene = Scene {
            canvas: self.canvas,
            status: self.status.as_ref(),
            styles: &self.config.styles,
            reading: self.loader.is_adding(),
            to_screen_ms: self.to_screen_ms,
        };
        for action in self.view.show(ui, &scene) {
            self.carry_out(action, ui.ctx());
        }
        ui.ctx().request_repaint_after(LOOK_AGAIN);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        theme::BACKDROP.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
