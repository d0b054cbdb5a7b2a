// Group G: where secrets are, where they must not be, and what happens when one is missing or
// replaced.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "apilab/base/ascii.hpp"
#include "checklist/calls.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"
#include "secret_shapes.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::string_view platform = "platform";
constexpr std::string_view rotation = "rotation";

std::size_t line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

/// What was found, in one word, and where.
struct Leak {
    std::string what;
    Evidence where;
};

// `folder` empty: all of it.
bool is_in(std::string_view folder, std::string_view path) {
    return folder.empty() ||
           (path.starts_with(folder) &&
            (folder.ends_with('/') || path.substr(folder.size()).starts_with('/')));
}

std::optional<Leak> leak_in_files(const Observed& seen, std::string_view folder) {
    for (const auto& file : seen.files) {
        // Values are in their place in `.env`, which stays where it is.
        const bool dotenv = file.path == ".env" || file.path.ends_with("/.env");
        if (dotenv || !is_in(folder, file.path)) {
            continue;
        }
        if (const auto shapes = shaped_secrets(file.text); !shapes.empty()) {
            return Leak{std::string(shapes.front().kind),
                        line_in(file.path, line_at(file.text, shapes.front().offset))};
        }
    }
    return std::nullopt;
}

std::optional<Leak> leak_in_deployment(const Observed& seen) {
    constexpr std::array of_secrets{"DKR-03", "DKR-04", "DPL-02", "FLY-11", "UNT-02"};
    for (const auto& finding : seen.deployment) {
        if (finding.rule != nullptr &&
            std::ranges::find(of_secrets, finding.rule->id) != of_secrets.end()) {
            return Leak{std::string(finding.rule->title), line_in(finding.file, finding.line)};
        }
    }
    return std::nullopt;
}

/// Everything that it wrote while it was watched.
struct Output {
    std::size_t episodes = 0;
    std::size_t lines = 0;
    std::optional<Leak> leak;
};

Output output_of(const Observed& seen) {
    Output output;
    for (const auto& [id, episode] : seen.episodes) {
        output.episodes += episode.lives.empty() ? 0 : 1;
        for (const auto& life : episode.lives) {
            output.lines += life.log.size();
        }
        if (!episode.leaks.empty() && !output.leak) {
            output.leak = Leak{episode.leaks.front(),
                               {Evidence::Kind::process,
                                fmt::format("{}: {}", id, fmt::join(episode.leaks, ", "))}};
        }
    }
    return output;
}

Answer shown(const Leak& leak) {
    return fails(fmt::format("a secret lies open: {}", leak.what), {leak.where});
}

// --- G01

Answer no_secret_lies_open(const Observed& seen) {
    if (const auto leak = leak_in_deployment(seen)) {
        return shown(*leak);
    }
    if (const auto leak = leak_in_files(seen, "")) {
        return shown(*leak);
    }
    const auto urls = judged_anywhere(seen, {"AUT-01", "SEC-01"}, "no request had credentials");
    if (urls.state == State::fail) {
        return urls;
    }
    const auto output = output_of(seen);
    if (output.leak) {
        return shown(*output.leak);
    }
    if (seen.manifest.service.secrets.empty() || output.episodes == 0 ||
        urls.state != State::pass) {
        return untested(output.episodes == 0
                            ? "it was not run, so that arguments, URLs and log are not known"
                        : seen.manifest.service.secrets.empty()
                            ? "service.secrets names none that could be looked "
                              "for"
                            : urls.sentence);
    }
    auto evidence = urls.evidence;
    evidence.push_back(
        {Evidence::Kind::process,
         fmt::format("{} and {} of {} looked through", counted(seen.files.size(), "file", "files"),
                     counted(output.lines, "line of log", "lines of log"),
                     counted(output.episodes, "episode", "episodes"))});
    return passes(
        fmt::format("{} looked for in {}, arguments, URLs and {}: none is there",
                    counted(seen.manifest.service.secrets.size(), "secret was", "secrets were"),
                    counted(seen.files.size(), "file", "files"),
                    counted(output.lines, "line of log", "lines of log")),
        std::move(evidence));
}

// --- G02

// Does the name say whose it is? Gmail's are called Google's as well.
bool names_one(const Observed& seen, std::string_view name) {
    const auto low = ascii_lowered(name);
    return std::ranges::any_of(seen.manifest.integrations,
                               [&](const Integration& one) {
                                   return low.contains(ascii_lowered(one.provider)) ||
                                          (one.provider == "gmail" && low.contains("google"));
                               }) ||
           std::ranges::any_of(seen.manifest.service.webhooks, [&](const auto& sender) {
               return low.contains(ascii_lowered(sender.first));
           });
}

// A secret that is written out is the same in each environment.
bool is_written_out(std::string_view value) {
    return !value.empty() && !value.contains('{');
}

Answer secrets_are_their_own(const Observed& seen) {
    const auto& service = seen.manifest.service;
    if (service.secrets.empty()) {
        return untested("service.secrets names no secret");
    }
    const auto key = [](const std::string& name) {
        return fmt::format("service.environment.{}", name);
    };
    std::map<std::string, std::string> known;
    std::size_t own = 0;
    std::vector<Evidence> evidence;
    for (const auto& name : service.secrets) {
        const auto set = service.environment.find(name);
        const auto written = set == service.environment.end() ? std::string() : set->second;
        const auto [before, fresh] = known.emplace(written, name);
        if (!written.empty() && !fresh) {
            return fails(
                fmt::format("{} and {} are the same secret", before->second, name),
                {manifest_line(seen, key(before->second)), manifest_line(seen, key(name))});
        }
        if (is_written_out(written) && !shaped_secrets(written).empty()) {
            return fails(fmt::format("{} is written out: each environment has the same", name),
                         {manifest_line(seen, key(name))});
        }
        own += names_one(seen, name) ? 1 : 0;
        evidence.push_back(manifest_line(seen, key(name)));
    }
    // What is the service's own (a dashboard's token) names nobody else.
    if (own == 0) {
        return fails("no secret says by its name which integration it is for", evidence);
    }
    return passes(fmt::format("{}, no two alike, {} named after an integration",
                              counted(service.secrets.size(), "secret", "secrets"), own),
                  std::move(evidence));
}

// --- G03

// `X_2`, `X_NEXT` beside an `X`: the second of two while the first is being replaced. Nobody needs
// it at other times.
bool is_spare(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::any_of(
        std::array<std::string_view, 2>{"_2", "_NEXT"}, [&](std::string_view end) {
            return name.ends_with(end) &&
                   std::ranges::find(names, name.substr(0, name.size() - end.size())) !=
                       names.end();
        });
}

Answer missing_ones_are_named(const Observed& seen) {
    const auto found = ran(seen, platform);
    if (!found) {
        return found.error();
    }
    const Episode& episode = **found;
    const auto life = std::ranges::find(episode.lives, "all", &Life::without);
    const auto& names = seen.manifest.service.secrets;
    if (life == episode.lives.end() || names.empty()) {
        return untested("it was not started without its secrets");
    }
    const auto all = counted(names.size(), "secret", "secrets");
    if (life->ready || !life->exit_code || *life->exit_code == 0) {
        return fails(fmt::format("without {} it {}", all,
                                 life->ready        ? "started all the same"
                                 : !life->exit_code ? "neither started nor ended"
                                                    : "ended with 0"),
                     {{Evidence::Kind::process,
                       fmt::format("platform: started without {}", fmt::join(names, ", "))}});
    }
    std::string text;
    for (const auto& line : life->log) {
        text += line + '\n';
    }
    std::vector<std::string> silent;
    for (const auto& name : names) {
        if (!text.contains(name) && !is_spare(names, name)) {
            silent.push_back(name);
        }
    }
    const auto said = log_line(episode, text.substr(0, text.find_last_not_of('\n') + 1));
    return silent.empty()
               ? passes(fmt::format("without {} it ended with {} and one message that names them "
                                    "all",
                                    all, *life->exit_code),
                        {said})
               : fails(fmt::format("without {} it ended with {} and did not name {}", all,
                                   *life->exit_code, fmt::join(silent, ", ")),
                       {said});
}

// --- G04

Answer secrets_can_be_changed(const Observed& seen) {
    const auto found = ran(seen, rotation);
    if (!found) {
        return found.error();
    }
    const auto judge = judged(seen, rotation, {"AUT-14", "WHK-11"});
    if (judge.state == State::fail) {
        return judge;
    }
    const Episode& episode = **found;
    Rows refused;
    for (const auto& row : episode.rows) {
        if (row.status == 401 && row.answered() && row.faults.empty()) {
            refused.add(episode, row);
        }
    }
    if (!refused.empty()) {
        return fails(fmt::format("{} refused while a secret was being changed",
                                 counted(refused.size(), "request was", "requests were")),
                     refused.evidence());
    }
    if (judge.state == State::pass) {
        return judge;
    }
    // Nobody's key was replaced but that of the webhooks.
    const auto webhooks = webhook_rules();
    const auto changed = std::ranges::find(webhooks, "H03", &ItemRule::item);
    return changed == webhooks.end() ? judge : changed->rule(seen);
}

// --- G05

Answer output_is_scrubbed(const Observed& seen) {
    if (auto judge = judged_anywhere(seen, {"SEC-01"}, ""); judge.state == State::fail) {
        return judge;
    }
    const auto output = output_of(seen);
    if (output.leak) {
        return shown(*output.leak);
    }
    const bool troubled =
        std::ranges::any_of(std::array{"answers", "flaky", "silent", "tokens"},
                            [&](std::string_view id) { return ran(seen, id).has_value(); });
    if (seen.manifest.service.secrets.empty() || output.lines == 0 || !troubled) {
        return untested(seen.manifest.service.secrets.empty()
                            ? "service.secrets names none that could be looked for"
                        : output.lines == 0 ? "it wrote no log"
                                            : "nothing went wrong while it was watched: what is "
                                              "written then is not known");
    }
    return passes(
        fmt::format(
            "none of {} stands in {}, its metrics and its pages, through {}",
            counted(seen.manifest.service.secrets.size(), "planted secret", "planted secrets"),
            counted(output.lines, "line of log", "lines of log"),
            counted(output.episodes, "episode", "episodes")),
        {{Evidence::Kind::process,
          fmt::format("{} looked through", counted(output.lines, "line of log", "lines of log"))}});
}

// --- G06

Answer fixtures_are_scrubbed(const Observed& seen) {
    if (seen.manifest.fixtures.empty()) {
        return untested("`fixtures` of integrations.toml names no folder");
    }
    const auto folder = seen.manifest.fixtures;
    const auto files = static_cast<std::size_t>(std::ranges::count_if(
        seen.files, [&](const File& file) { return is_in(folder, file.path); }));
    if (files == 0) {
        return untested(fmt::format("there is no file in {}", folder));
    }
    if (const auto leak = leak_in_files(seen, folder)) {
        return shown(*leak);
    }
    return passes(
        fmt::format("no secret in {} of {}", counted(files, "recording", "recordings"), folder),
        {line_in(folder, 0)});
}

constexpr std::array rules{
    ItemRule{"G01", no_secret_lies_open},    ItemRule{"G02", secrets_are_their_own},
    ItemRule{"G03", missing_ones_are_named}, ItemRule{"G04", secrets_can_be_changed},
    ItemRule{"G05", output_is_scrubbed},     ItemRule{"G06", fixtures_are_scrubbed},
};

}  // namespace

std::span<const ItemRule> secret_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
