//! Colours, type and spacing: dark surfaces with one warm accent, which keep the picture the brightest part
//! of the window.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2};

/// Window background.
pub const BACKDROP: Color32 = Color32::from_rgb(0x12, 0x10, 0x13);
/// Background of header, dock and side panel.
pub const PANEL: Color32 = Color32::from_rgb(0x19, 0x17, 0x1B);
/// Background of cards on a panel.
pub const CARD: Color32 = Color32::from_rgb(0x22, 0x1F, 0x25);
/// Recessed areas inside a card: rails, fields, bars.
pub const WELL: Color32 = Color32::from_rgb(0x15, 0x13, 0x17);
/// An idle control.
pub const CONTROL: Color32 = Color32::from_rgb(0x2E, 0x2A, 0x33);
/// A control under the pointer.
pub const CONTROL_HOVER: Color32 = Color32::from_rgb(0x3A, 0x35, 0x40);
/// Separators.
pub const LINE: Color32 = Color32::from_rgb(0x34, 0x2F, 0x39);
/// Primary text.
pub const INK: Color32 = Color32::from_rgb(0xF5, 0xF0, 0xE8);
/// Secondary text; contrast is still 7:1 on a panel.
pub const INK_SOFT: Color32 = Color32::from_rgb(0xB3, 0xAB, 0xB5);
/// Accent: what is chosen, focused or live.
pub const ACCENT: Color32 = Color32::from_rgb(0xF2, 0xB6, 0x5A);
/// Text on the accent.
pub const ACCENT_INK: Color32 = Color32::from_rgb(0x2B, 0x1D, 0x06);
/// Recording.
pub const RECORD: Color32 = Color32::from_rgb(0xF0, 0x4F, 0x4A);
/// Success.
pub const GOOD: Color32 = Color32::from_rgb(0x84, 0xCB, 0x9F);
/// Error.
pub const BAD: Color32 = Color32::from_rgb(0xF5, 0x83, 0x76);

/// Corner radius of cards and of the picture, in points.
pub const ROUND: u8 = 14;
/// Corner radius of controls, in points.
pub const ROUND_SMALL: u8 = 9;

/// Font of small text, for captions and units.
pub fn small() -> FontId {
    FontId::proportional(12.5)
}

/// Applies this theme to `ctx`.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Dark);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, small()),
            (TextStyle::Body, FontId::proportional(14.5)),
            (TextStyle::Button, FontId::proportional(14.5)),
            (TextStyle::Heading, FontId::proportional(21.0)),
            (
                TextStyle::Monospace,
                FontId::new(13.0, FontFamily::Monospace),
            ),
        ]
        .into();
        style.always_scroll_the_only_direction = true;
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
        style.animation_time = 0.1;
        space(&mut style.spacing);
        colour(&mut style.visuals);
    });
}

fn space(spacing: &mut egui::Spacing) {
    spacing.item_spacing = Vec2::new(10.0, 8.0);
    spacing.button_padding = Vec2::new(14.0, 8.0);
    spacing.interact_size.y = 32.0;
    spacing.slider_rail_height = 5.0;
    spacing.window_margin = Margin::same(22);
    spacing.scroll = egui::style::ScrollStyle::thin();
    spacing.scroll.bar_inner_margin = 2.0;
}

fn colour(visuals: &mut egui::Visuals) {
    *visuals = egui::Visuals::dark();
    visuals.override_text_color = Some(INK);
    visuals.weak_text_color = Some(INK_SOFT);
    visuals.panel_fill = PANEL;
    visuals.window_fill = CARD;
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.window_corner_radius = CornerRadius::same(ROUND + 4);
    visuals.window_shadow = Shadow {
        offset: [0, 12],
        blur: 40,
        spread: 0,
        color: Color32::from_black_alpha(140),
    };
    visuals.menu_corner_radius = CornerRadius::same(ROUND_SMALL);
    visuals.extreme_bg_color = WELL;
    visuals.faint_bg_color = WELL;
    visuals.selection.bg_fill = ACCENT.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(1.5, ACCENT);
    visuals.hyperlink_color = ACCENT;
    visuals.warn_fg_color = ACCENT;
    visuals.error_fg_color = BAD;
    visuals.slider_trailing_fill = true;
    let corner = CornerRadius::same(ROUND_SMALL);
    let rest = &mut visuals.widgets;
    for (widget, fill) in [
        (&mut rest.noninteractive, CARD),
        (&mut rest.inactive, CONTROL),
        (&mut rest.hovered, CONTROL_HOVER),
        (&mut rest.active, CONTROL_HOVER),
        (&mut rest.open, CONTROL_HOVER),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::NONE;
        widget.fg_stroke = Stroke::new(1.0, INK);
        widget.corner_radius = corner;
        widget.expansion = 0.0;
    }
    rest.noninteractive.bg_stroke = Stroke::new(1.0, LINE);
    rest.active.bg_stroke = Stroke::new(1.5, ACCENT);
}
