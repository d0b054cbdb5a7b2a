#include "apilab/radar/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "apilab/http/date.hpp"

namespace apilab::radar {
namespace {

enum class Style : std::uint8_t { plain, bold, dim, red, yellow, green };

/// No escape sequence from a lockfile or a server reaches the terminal.
std::string clean(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        const bool c1 =
            byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
        if (c1) {
            out[i] = '?';
            out[i + 1] = '?';
        } else if (byte < 0x20 || byte == 0x7F) {
            out[i] = byte == '\n' ? ' ' : '?';
        }
    }
    return out;
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

class Writer {
public:
    explicit Writer(ReportTextOptions options) : options_(options) {}

    [[nodiscard]] std::string paint(Style style, std::string_view text) const {
        static constexpr std::string_view codes[] = {"", "1", "2", "31", "33", "32"};
        const std::string_view code = codes[static_cast<std::size_t>(style)];
        return options_.colour && !code.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text)
                                                : std::string(text);
    }
    void line(std::string_view text = {}) {
        out_ += text;
        out_ += '\n';
    }
    /// A paragraph behind a label, wrapped under itself.
    void item(std::string_view label, std::string_view text, Style style = Style::plain) {
        constexpr std::size_t indent = 12;
        const std::size_t width =
            options_.width == 0 ? 0 : std::max<std::size_t>(options_.width, 40);
        std::string body = clean(text);
        std::string_view rest = body;
        bool first = true;
        while (first || !rest.empty()) {
            std::size_t cut = rest.size();
            if (width != 0 && indent + cut > width) {
                cut = rest.rfind(' ', width - indent);
                cut = cut == std::string_view::npos || cut == 0
                          ? std::min(rest.find(' '), rest.size())
                          : cut;
            }
            out_ += fmt::format("    {:<8}", first ? label : "");
            line(paint(style, rest.substr(0, cut)));
            rest.remove_prefix(std::min(cut + 1, rest.size()));
            first = false;
        }
    }
    [[nodiscard]] std::string take() && { return std::move(out_); }
    [[nodiscard]] const ReportTextOptions& options() const { return options_; }

private:
    ReportTextOptions options_;
    std::string out_;
};

Style style_of(Action action) {
    switch (action) {
        case Action::upgrade:
            return Style::green;
        case Action::decide:
            return Style::yellow;
        case Action::mitigate:
            return Style::red;
        case Action::watch:
            break;
    }
    return Style::dim;
}

std::string_view words_of(Change change) {
    switch (change) {
        case Change::in_range:
            return "in range";
        case Change::minor:
            return "minor step";
        case Change::major:
            return "major step";
        case Change::none:
            break;
    }
    return "";
}

std::string join(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& text : list) {
        out += out.empty() ? "" : ", ";
        out += text;
    }
    return out;
}

void write_head(const Report& report, Writer& out) {
    if (report.simulated) {
        out.line(out.paint(Style::bold, "SIMULATED: the sources were the sandbox, not the world"));
        out.line();
    }
    out.line(out.paint(Style::bold, fmt::format("{}: {} as of {}", clean(report.input),
                                                plural(report.packages, "package", "packages"),
                                                http::format_iso_time(report.as_of))));
    for (const std::string& note : report.notes) {
        out.item("note", note);
    }
    for (const SourceReport& source : report.sources) {
        const bool ok = source.status == SourceStatus::ok;
        std::string text(to_string(source.status));
        if (source.as_of) {
            text += ", as of " + http::format_iso_time(*source.as_of);
        }
        if (source.error) {
            text += ": " + *source.error;
        }
        out.item(source.name, text, ok ? Style::plain : Style::red);
    }
    out.line();
}

void write_decision(std::size_t rank, const Decision& decision, Writer& out) {
    std::string head =
        fmt::format("{:>3} {:>5}  {:<9}{} {}", rank, decision.score, to_string(decision.action),
                    clean(decision.package), clean(join(decision.installed)));
    if (decision.candidate) {
        head += fmt::format(" -> {} ({})", clean(*decision.candidate), words_of(decision.change));
    }
    head += fmt::format("  [{}{}]", decision.direct ? "direct" : "transitive",
                        decision.dev ? ", dev" : "");
    out.line(out.paint(style_of(decision.action), head));
    if (decision.command) {
        out.item("run", *decision.command, Style::bold);
    }
    std::string why;
    for (const Point& point : decision.points) {
        why += fmt::format("{}{} {:+}", why.empty() ? "" : ", ", point.why, point.points);
    }
    if (!why.empty()) {
        out.item("why", why);
    }
    if (!decision.advisories.empty()) {
        std::string evidence;
        for (const std::string& id : decision.advisories) {
            evidence += (evidence.empty() ? "" : ", ") + id;
            for (const auto& [of, others] : decision.aliases) {
                evidence += of == id ? " (" + join(others) + ")" : "";
            }
        }
        out.item("see", evidence);
    }
    for (const std::string& note : decision.notes) {
        out.item("-", note);
    }
    if (decision.confidence != Confidence::full) {
        out.item("", fmt::format("confidence: {}", to_string(decision.confidence)), Style::yellow);
    }
}

/// Nothing wrong that anyone knows of; only worth a mention together.
bool is_mere_mention(const Decision& decision) {
    return decision.score == 0 && decision.notes == std::vector<std::string>{"unknown to npm"};
}

void write_decisions(const Report& report, Writer& out) {
    std::vector<std::string> mentions;
    std::size_t shown = 0;
    std::size_t hidden = 0;
    for (const Decision& decision : report.decisions) {
        if (is_mere_mention(decision)) {
            mentions.push_back(decision.package);
        } else if (shown == out.options().limits.decisions_max) {
            ++hidden;
        } else {
            write_decision(++shown, decision, out);
        }
    }
    if (hidden > 0) {
        out.line(fmt::format("... and {} more (--limit)", hidden));
    }
    if (shown > 0) {
        out.line();
    }
    if (!mentions.empty()) {
        out.line(fmt::format("unknown to npm, so not judged by it: {}", clean(join(mentions))));
    }
    for (const LeftOut& left : report.left_out) {
        out.line(fmt::format("not looked up: {} ({})", clean(left.name), clean(left.reason)));
    }
}

/// The last word: what the list amounts to, and never more than the sources support.
void write_verdict(const Report& report, Writer& out) {
    std::size_t exposed = 0;
    for (const Decision& decision : report.decisions) {
        exposed += decision.advisories.empty() ? 0 : 1;
    }
    std::string missing;
    for (const SourceReport& source : report.sources) {
        if (source.status != SourceStatus::ok) {
            missing += fmt::format("{}{} {}", missing.empty() ? "" : ", ", source.name,
                                   to_string(source.status));
        }
    }
    if (!report.advisories_evaluated) {
        out.line(out.paint(Style::red, fmt::format("No advisory could be evaluated ({}): this says "
                                                   "nothing about whether you are exposed.",
                                                   missing)));
        return;
    }
    const std::string count = exposed == 0 ? std::string("no known advisory")
                                           : plural(exposed, "package with known advisories",
                                                    "packages with known advisories");
    if (!all_sources_ok(report)) {
        out.line(out.paint(Style::yellow,
                           fmt::format("Found in what could be asked: {}. Incomplete: {}.", count,
                                       missing.empty() ? "no source was asked" : missing)));
        return;
    }
    const bool gaps = !report.left_out.empty() ||
                      std::ranges::any_of(report.decisions, [](const Decision& decision) {
                          return decision.confidence != Confidence::full;
                      });
    std::string_view end = gaps ? "; some could not be checked fully, see above" : "";
    if (report.simulated && exposed == 0) {
        end = " of the simulation, which says nothing about the real ones";
    }
    out.line(fmt::format("Found: {} in {}{}.", count,
                         plural(report.packages, "package", "packages"), end));
}

void write_calls(const Report& report, Writer& out) {
    if (report.calls_by_source.empty()) {
        return;
    }
    out.line();
    out.line("calls        asked  sent  unchanged      bytes   seconds  waited");
    const auto row = [&](const CallStory& story, std::string_view name) {
        std::string waits;
        for (const auto& [cause, wait] : story.wait_ms) {
            waits += fmt::format("{}{} {} ms", waits.empty() ? "" : ", ", cause, wait);
        }
        out.line(fmt::format("  {:<10}{:>6}{:>6}{:>11}{:>11}{:>10.1f}  {}", clean(name),
                             story.operations, story.attempts, story.not_modified, story.bytes,
                             static_cast<double>(story.time_ms) / 1000.0,
                             waits.empty() ? "-" : clean(waits)));
    };
    for (const CallStory& story : report.calls_by_source) {
        row(story, story.name);
    }
    row(report.calls, "all");
}

}  // namespace

std::string report_text(const Report& report, ReportTextOptions options) {
    Writer out(options);
    write_head(report, out);
    write_decisions(report, out);
    write_verdict(report, out);
    write_calls(report, out);
    return std::move(out).take();
}

}  // namespace apilab::radar
