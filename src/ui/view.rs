//! [`View`]: everything in the window, and its state between frames.

use egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui, ViewportCommand};

use crate::domain::control::Command;
use crate::domain::frame::{Picture, Size};
use crate::domain::settings::{Settings, Strength};
use crate::domain::style::{StyleId, StyleOverrides};
use crate::ui::action::UiAction;
use crate::ui::add_style::AddStyle;
use crate::ui::header::{self, Toggles};
use crate::ui::keys::{self, Intent};
use crate::ui::notices::{self, Notice, Notices};
use crate::ui::reference_panel::ReferencePanel;
use crate::ui::scene::Scene;
use crate::ui::settings_panel::Knobs;
use crate::ui::style_strip::{Picked, StyleStrip};
use crate::ui::{help, picture_panel, record_panel, settings_panel, stats_panel, theme};

/// A window narrower than this starts with its side panel closed, points.
const ROOM_FOR_PANEL: f32 = 860.0;
const HEADER_HEIGHT: f32 = 52.0;
const DOCK_HEIGHT: f32 = 124.0;
const SIDE_WIDTH: f32 = 284.0;

/// The overlay over the picture.
#[derive(Debug)]
enum Overlay {
    None,
    Help,
    AddStyle(AddStyle),
}

/// The panels and their state.
#[derive(Debug)]
pub struct View {
    settings: Settings,
    mirror: bool,
    /// Open, closed, or `None`: the window's width decides.
    panel: Option<bool>,
    overlay: Overlay,
    /// The style that the user chose last.
    chosen: Option<StyleId>,
    /// The style being mixed in.
    second: Option<StyleId>,
    notices: Notices,
    strip: StyleStrip,
    reference: ReferencePanel,
}

impl View {
    /// Creates panels with these settings and this style marked; the view is mirrored.
    pub fn new(settings: Settings, chosen: Option<StyleId>) -> Self {
        Self {
            settings,
            mirror: true,
            panel: None,
            overlay: Overlay::None,
            chosen,
            second: None,
            notices: Notices::default(),
            strip: StyleStrip::default(),
            reference: ReferencePanel::default(),
        }
    }

    /// The current settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the view is mirrored.
    pub fn is_mirrored(&self) -> bool {
        self.mirror
    }

    /// Adds a message of the app's own.
    pub fn tell(&mut self, notice: Notice) {
        self.notices.tell(notice);
    }

    /// Marks a style that the app chose, for example one that was just added, or the shown one again after
    /// a failed request.
    pub fn choose(&mut self, style: Option<StyleId>) {
        self.chosen = style;
    }

    /// Marks the style being mixed in.
    pub fn choose_second(&mut self, style: Option<StyleId>) {
        self.second = style;
    }

    /// Applies the settings that suit a style; returns the change.
    pub fn apply_overrides(&mut self, look: StyleOverrides) -> Option<Command> {
        let before = self.settings;
        self.settings = look.on(before);
        (self.settings != before).then_some(Command::Settings(self.settings))
    }

    /// Opens the overlay for adding a picture, for a desktop without a file chooser.
    pub fn ask_for_picture(&mut self) {
        self.overlay = Overlay::AddStyle(AddStyle::opened());
    }

    /// Draws one frame; returns the user's actions.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>) -> Vec<UiAction> {
        let mut actions = Vec::new();
        let before = self.settings;
        for intent in keys::read(ui.ctx()) {
            // Keys are ignored behind the overlay for adding a picture: a click may have taken the keyboard
            // focus from its field.
            let asked = matches!(self.overlay, Overlay::AddStyle(_));
            if !asked || intent == Intent::Close {
                self.obey(intent, scene, ui.ctx(), &mut actions);
            }
        }
        arrivals(ui, &mut actions);
        self.header(ui, scene, &mut actions);
        self.dock(ui, scene, &mut actions);
        if self.panel_is_open(ui.ctx()) {
            self.side(ui, scene, &mut actions);
        }
        self.picture(ui, scene);
        self.overlay(ui, &mut actions);
        if self.settings != before {
            actions.push(UiAction::Send(Command::Settings(self.settings)));
        }
        actions
    }

    fn panel_is_open(&self, ctx: &egui::Context) -> bool {
        let room = ctx.content_rect().width() >= ROOM_FOR_PANEL;
        self.panel.unwrap_or(room)
    }

    fn header(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<UiAction>) {
        let toggles = Toggles {
            mirror: self.mirror,
            panel: self.panel_is_open(ui.ctx()),
        };
        let clicked = Panel::top("header")
            .exact_size(HEADER_HEIGHT)
            .show_separator_line(false)
            .frame(bar(Margin::symmetric(18, 0)))
            .show(ui, |ui| header::show(ui, scene, toggles))
            .inner;
        if let Some(intent) = clicked {
            self.obey(intent, scene, ui.ctx(), actions);
        }
    }

    fn dock(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<UiAction>) {
        let chosen = self.marked(scene).cloned();
        let strip = &mut self.strip;
        let picked = Panel::bottom("dock")
            .exact_size(DOCK_HEIGHT)
            .show_separator_line(false)
            .frame(bar(Margin {
                left: 13,
                right: 12,
                top: 11,
                bottom: 6,
            }))
            .show(ui, |ui| {
                Panel::right("keep")
                    .exact_size(record_panel::WIDTH)
                    .resizable(false)
                    .show_separator_line(false)
                    .frame(Frame::new().inner_margin(Margin {
                        left: 16,
                        right: 0,
                        top: 4,
                        bottom: 0,
                    }))
                    .show(ui, |ui| {
                        ui.horizontal(|ui| record_panel::show(ui, scene, actions));
                    });
                CentralPanel::no_frame()
                    .show(ui, |ui| strip.show(ui, scene, chosen.as_ref()))
                    .inner
            })
            .inner;
        match picked {
            Some(Picked::Add) => self.ask_for_picture(),
            Some(Picked::Style(id)) => self.pick(id, actions),
            None => {}
        }
    }

    fn side(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<UiAction>) {
        Panel::right("side")
            .exact_size(SIDE_WIDTH)
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().fill(theme::BACKDROP).inner_margin(Margin {
                left: 0,
                right: 10,
                top: 2,
                bottom: 12,
            }))
            .show(ui, |ui| {
                ScrollArea::vertical().show(ui, |ui| {
                    ui.set_width(SIDE_WIDTH - 20.0);
                    let mut knobs = Knobs {
                        settings: &mut self.settings,
                        second: &mut self.second,
                        mirror: &mut self.mirror,
                        reference: &mut self.reference,
                    };
                    settings_panel::show(ui, scene, &mut knobs, actions);
                    ui.add_space(2.0);
                    stats_panel::show(ui, scene);
                });
            });
    }

    fn picture(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let frame = Frame::new().fill(theme::BACKDROP).inner_margin(Margin {
            left: 14,
            right: 14,
            top: 2,
            bottom: 12,
        });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let area = ui.max_rect();
            picture_panel::show(ui, scene, self.mirror);
            let now_secs = ui.input(|input| input.time);
            let true_now = notices::collect(scene, &self.settings);
            let lines = self.notices.visible(now_secs, true_now);
            picture_panel::lines(ui, area, &mut self.notices, &lines);
            if ui.input(|input| !input.raw.hovered_files.is_empty()) {
                picture_panel::drop_here(ui, area);
            }
        });
    }

    fn overlay(&mut self, ui: &mut Ui, actions: &mut Vec<UiAction>) {
        let close = match &mut self.overlay {
            Overlay::None => false,
            Overlay::Help => help::show(ui.ctx()),
            Overlay::AddStyle(add) => add.show(ui.ctx(), actions),
        };
        if close {
            self.overlay = Overlay::None;
        }
    }

    fn obey(
        &mut self,
        intent: Intent,
        scene: &Scene<'_>,
        ctx: &egui::Context,
        actions: &mut Vec<UiAction>,
    ) {
        match intent {
            Intent::PickStyle(place) => {
                if let Some(style) = scene.styles.get(place) {
                    self.pick(style.id.clone(), actions);
                }
            }
            Intent::StepStyle(step) => self.step(step, scene, actions),
            Intent::Record if scene.canvas.is_some() => actions.push(UiAction::ToggleRecording),
            Intent::Still if scene.canvas.is_some() => actions.push(UiAction::SaveStill),
            Intent::Record | Intent::Still => {}
            Intent::Mirror => self.mirror = !self.mirror,
            Intent::OnlyOne => {
                self.settings.only_one = !self.settings.only_one;
            }
            Intent::Region => {
                self.settings.region = self.settings.region.next();
            }
            Intent::Colours => settings_panel::turn_colours(&mut self.settings),
            Intent::Strength(by) => {
                self.settings.strength = Strength::clamped(self.settings.strength.get() + by);
            }
            Intent::Panel => self.panel = Some(!self.panel_is_open(ctx)),
            Intent::Help => {
                self.overlay = match self.overlay {
                    Overlay::Help => Overlay::None,
                    _ => Overlay::Help,
                }
            }
            Intent::Close => self.close(ctx),
            Intent::Fullscreen => actions.push(UiAction::ToggleFullscreen),
            Intent::OpenFile => actions.push(UiAction::OpenFileDialog),
        }
    }

    /// Closes the overlay; without one, leaves full screen.
    fn close(&mut self, ctx: &egui::Context) {
        let full = ctx.input(|input| input.viewport().fullscreen == Some(true));
        if matches!(self.overlay, Overlay::None) && full {
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(false));
        }
        self.overlay = Overlay::None;
    }

    /// The style marked in the strip: the last request, unless it failed.
    fn marked<'a>(&'a self, scene: &'a Scene<'_>) -> Option<&'a StyleId> {
        let failed = scene
            .status
            .is_some_and(|s| s.style.trouble.is_some() && s.style.preparing.is_none());
        let wish = self.chosen.as_ref().filter(|_| !failed);
        wish.or(scene.shown_style())
    }

    fn pick(&mut self, id: StyleId, actions: &mut Vec<UiAction>) {
        self.chosen = Some(id.clone());
        actions.push(UiAction::ChooseStyle(id));
    }

    fn step(&mut self, step: isize, scene: &Scene<'_>, actions: &mut Vec<UiAction>) {
        let now = self.marked(scene);
        let place = now.and_then(|id| scene.styles.iter().position(|style| style.id == *id));
        let count = scene.styles.len().cast_signed();
        let next = match place {
            Some(place) => (place.cast_signed() + step).rem_euclid(count.max(1)),
            None => 0,
        };
        if let Some(style) = scene.styles.get(next.cast_unsigned()) {
            self.pick(style.id.clone(), actions);
        }
    }
}

fn bar(margin: Margin) -> Frame {
    Frame::new().fill(theme::PANEL).inner_margin(margin)
}

/// Collects files dropped on the window, and what was pasted outside a text field.
fn arrivals(ui: &Ui, actions: &mut Vec<UiAction>) {
    let typing = ui.ctx().text_edit_focused();
    ui.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        let dropped = dropped.map(|file| file.path().to_path_buf());
        actions.extend(dropped.map(UiAction::AddStyleFrom));
        for event in &input.events {
            match event {
                egui::Event::PasteImage(image) => {
                    actions.extend(pasted(image).map(UiAction::AddStylePasted));
                }
                egui::Event::Paste(text) if !typing => {
                    actions.extend(keys::pasted_path(text).map(UiAction::AddStyleFrom));
                }
                _ => {}
            }
        }
    });
}

fn pasted(image: &egui::ColorImage) -> Option<Picture> {
    let [width, height] = image.size;
    let rgba = image
        .pixels
        .iter()
        .flat_map(egui::Color32::to_srgba_unmultiplied)
        .collect();
    Picture::from_rgba(Size::new(width as u32, height as u32), rgba).ok()
}
