// apilab drift show | accept: has an API changed since its answers were recorded?

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "apilab/base/ascii.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/blocking.hpp"
#include "apilab/data/shape.hpp"
#include "command.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using data::Shape;

constexpr std::size_t baseline_size_max = std::size_t{16} << 20U;
constexpr std::size_t answer_size_max = std::size_t{100} << 20U;

struct DriftFlags {
    std::string folder = ".apilab/baselines";
    std::string operation;
    std::vector<std::string> sources;
    bool replace = false;
};

using Run = Result<ExitCode> (*)(const DriftFlags&, const Globals&);

/// The name is that of a file: nothing in it leads elsewhere.
Result<fs::path> baseline_file(const DriftFlags& flags) {
    constexpr std::size_t name_max = 100;
    const bool good =
        !flags.operation.empty() && flags.operation.size() <= name_max &&
        !flags.operation.starts_with('.') && std::ranges::all_of(flags.operation, [](char c) {
            return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' ||
                   c == '-' || c == '_';
        });
    if (!good) {
        return fail(ErrorKind::invalid_argument,
                    "OPERATION: expected up to 100 letters, digits, dots, - and _ (issues.list)");
    }
    return fs::path(flags.folder) / (flags.operation + ".json");
}

/// Nothing where there is none yet.
Result<std::optional<Shape>> read_baseline(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        return std::optional<Shape>();
    }
    APILAB_TRY(const auto text, read_file(file, baseline_size_max));
    auto shape = Shape::parse(text);
    if (!shape) {
        return fail(std::move(shape).error().in(file.string()));
    }
    return std::optional(*std::move(shape));
}

Result<std::string> fetch(const std::string& url) {
    APILAB_TRY(auto client, client::blocking::Client::from_environment());
    APILAB_TRY(const auto reply, client.get(url));
    if (!reply.ok()) {
        return fail(
            Error(ErrorKind::status, fmt::format("the answer has status {}", reply.status()))
                .with_status(reply.status()));
    }
    return std::string(reply.body());
}

Result<Shape> observe(const std::vector<std::string>& sources) {
    Shape shape;
    for (const auto& source : sources) {
        const bool remote = source.starts_with("http://") || source.starts_with("https://");
        APILAB_TRY(const auto text, remote ? fetch(source) : read_file(source, answer_size_max));
        const auto document = http::JsonDocument::parse(text);
        if (!document) {
            auto error = document.error();
            return fail(std::move(error).in(remote ? "the answer" : source));
        }
        shape.observe(document->root());
    }
    return shape;
}

void print_changes(const std::vector<data::ShapeChange>& changes, const DriftFlags& flags,
                   const Globals& globals) {
    if (globals.json) {
        json::array all;
        for (const auto& change : changes) {
            all.push_back({{"kind", data::to_string(change.kind)},
                           {"breaking", change.breaking()},
                           {"pointer", change.pointer},
                           {"before", change.before},
                           {"now", change.now}});
        }
        fmt::print("{}\n", json::serialize(json::object{{"version", 1},
                                                        {"operation", flags.operation},
                                                        {"changes", std::move(all)}}));
        return;
    }
    const auto terminal = globals.out();
    for (const auto& change : changes) {
        fmt::print("{}  {}\n", change.breaking() ? terminal.red("breaking") : "additive",
                   change.to_string());
    }
    if (!globals.quiet) {
        const auto breaking = std::ranges::count_if(changes, &data::ShapeChange::breaking);
        fmt::print(stderr, "{} changes, {} of them breaking\n", changes.size(), breaking);
    }
}

Result<ExitCode> list_baselines(const DriftFlags& flags, const Globals& globals) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(flags.folder, failed)) {
        if (entry.path().extension() == ".json") {
            files.push_back(entry.path());
        }
    }
    if (failed) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("no baselines in {}", flags.folder))
                .with_remedy("apilab drift accept OPERATION FILE records the first"));
    }
    std::ranges::sort(files);
    json::array all;
    Table table({"operation", ">answers", ">places"});
    for (const auto& file : files) {
        APILAB_TRY(const auto shape, read_baseline(file));
        const auto name = file.stem().string();
        table.add(
            {name, std::to_string(shape->documents()), std::to_string(shape->places().size())});
        all.push_back({{"operation", name},
                       {"documents", shape->documents()},
                       {"places", shape->places().size()}});
    }
    if (globals.json) {
        fmt::print("{}\n",
                   json::serialize(json::object{{"version", 1}, {"baselines", std::move(all)}}));
    } else {
        fmt::print("{}", table.to_string(globals.out()));
    }
    return ExitCode::success;
}

Result<ExitCode> show(const DriftFlags& flags, const Globals& globals) {
    if (flags.operation.empty()) {
        return list_baselines(flags, globals);
    }
    if (flags.sources.empty()) {
        return fail(ErrorKind::invalid_argument,
                    "SOURCE: expected a file with an answer, or its URL, to compare with");
    }
    APILAB_TRY(const auto file, baseline_file(flags));
    APILAB_TRY(const auto baseline, read_baseline(file));
    if (!baseline) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: no baseline of {}", file.string(), flags.operation))
                        .with_remedy(fmt::format("record one: apilab drift accept {} SOURCE",
                                                 flags.operation)));
    }
    APILAB_TRY(const auto now, observe(flags.sources));
    const auto changes = baseline->changes(now);
    print_changes(changes, flags, globals);
    return changes.empty() ? ExitCode::success : ExitCode::findings;
}

Result<ExitCode> accept(const DriftFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto file, baseline_file(flags));
    APILAB_TRY(const auto before, read_baseline(file));
    APILAB_TRY(auto now, observe(flags.sources));
    const auto changes = before ? before->changes(now) : std::vector<data::ShapeChange>();
    if (before && !flags.replace) {
        now.merge(*before);
    }
    std::error_code failed;
    fs::create_directories(flags.folder, failed);
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", flags.folder, failed.message()));
    }
    APILAB_CHECK(write_file_atomically(file, now.to_text()));
    if (now.truncated() && !globals.quiet) {
        fmt::print(stderr, "warning: the answers go beyond a limit; not every place is kept\n");
    }
    print_changes(changes, flags, globals);
    return ExitCode::success;
}

}  // namespace

void add_drift_command(CLI::App& app, const Globals& globals, Action& action) {
    auto* group =
        app.add_subcommand("drift", "Has an API changed since its answers were recorded?");
    group->require_subcommand(1);
    const auto flags = std::make_shared<DriftFlags>();
    const auto add = [&](const char* name, const char* help, Run run) {
        auto* command = group->add_subcommand(name, help);
        command->add_option("--baselines", flags->folder, "The folder of the baselines")
            ->capture_default_str();
        auto* operation =
            command->add_option("OPERATION", flags->operation, "A name (issues.list)");
        auto* sources = command->add_option("SOURCE", flags->sources,
                                            "Answers in JSON: files, or URLs without credentials");
        command->callback([&action, &globals, flags, run] {
            action = [&globals, flags, run] {
                const auto code = run(*flags, globals);
                return code ? *code : report(code.error(), globals);
            };
        });
        return std::pair(operation, sources);
    };
    add("show", "What differs from the baseline; without OPERATION, the baselines", show);
    const auto [operation, sources] =
        add("accept", "Record answers as the baseline, or add what is new to it", accept);
    operation->required();
    sources->required();
    group->get_subcommand("accept")->add_flag("--replace", flags->replace,
                                              "Forget the baseline that is there");
}

}  // namespace apilab::cli
