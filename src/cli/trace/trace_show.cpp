// apilab trace show | why | export | import: single calls.

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <filesystem>
#include <system_error>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/observe/curl_line.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/observe/har_import.hpp"
#include "apilab/observe/story_json.hpp"
#include "apilab/observe/waterfall.hpp"
#include "apilab/observe/waterfall_html.hpp"
#include "apilab/observe/waterfall_svg.hpp"
#include "apilab/observe/waterfall_text.hpp"
#include "apilab/observe/why.hpp"
#include "suggestion.hpp"
#include "trace/trace.hpp"
#include "trace/trace_place.hpp"
#include "trace_server_side.hpp"

namespace apilab::cli {
namespace {

Error no_such_call(std::string_view id, const std::vector<std::string>& known) {
    const auto near = closest(id, known);
    return Error(ErrorKind::invalid_argument, fmt::format("{}: no call of that id is kept", id))
        .with_remedy(near.empty() ? "apilab trace list shows those that are"
                                  : fmt::format("did you mean {}?", near));
}

// The id that is meant: exactly, by its beginning, or `last`.
Result<std::string> resolved(observe::TraceStore& store, const std::string& id) {
    const auto prefix = id == "last" ? "" : id;
    APILAB_TRY(auto found, store.ids(prefix, id == "last" ? 1 : 6));
    for (const auto& candidate : found) {
        if (candidate == id || found.size() == 1) {
            return candidate;
        }
    }
    if (found.empty()) {
        APILAB_TRY(const auto known, store.ids("", 10'000));
        return fail(no_such_call(id, known));
    }
    return fail(ErrorKind::invalid_argument,
                fmt::format("{}: several calls begin so: {}", id, fmt::join(found, ", ")));
}

Result<NamedStory> only_story(const TraceFlags& flags) {
    APILAB_TRY(auto stories, named_stories(flags));
    return std::move(stories.front());
}

Result<void> write_forms(const std::vector<NamedStory>& stories, const TraceFlags& flags) {
    if (!flags.har.empty()) {
        observe::Har har;
        for (const auto& [id, story] : stories) {
            har.add(story);
        }
        APILAB_CHECK(write_file_atomically(flags.har, har.text()));
    }
    if ((!flags.html.empty() || !flags.svg.empty()) && stories.size() != 1) {
        return fail(ErrorKind::invalid_argument, "--html and --svg show one call: name one ID");
    }
    const auto& story = stories.front().story;
    if (!flags.html.empty()) {
        const auto page =
            observe::waterfall_html(story, drawn_call(story), {.curl_line = observe::curl_line});
        APILAB_CHECK(write_file_atomically(flags.html, page));
    }
    return flags.svg.empty()
               ? Result<void>()
               : write_file_atomically(flags.svg, observe::waterfall_svg(drawn_call(story)));
}

}  // namespace

Result<std::vector<NamedStory>> named_stories(const TraceFlags& flags) {
    const auto path = trace_store_path(flags.store);
    std::error_code ignored;
    if (path && !std::filesystem::exists(*path, ignored)) {
        return fail(no_such_call(flags.ids.front(), {}));
    }
    APILAB_TRY(auto store, open_trace_store(flags.store));
    std::vector<NamedStory> stories;
    for (const auto& asked : flags.ids) {
        APILAB_TRY(auto id, resolved(*store, asked));
        APILAB_TRY(auto story, store->find(id));
        if (!story) {
            return fail(no_such_call(id, {}));
        }
        stories.push_back({.id = std::move(id), .story = *std::move(story)});
    }
    return stories;
}

Result<ExitCode> trace_show(const TraceFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto named, only_story(flags));
    if (globals.json) {
        fmt::print("{}\n", observe::story_json(named.story));
        return ExitCode::success;
    }
    const auto terminal = globals.out();
    fmt::print("{}", observe::waterfall_text(drawn_call(named.story),
                                             {.width = terminal.width, .color = terminal.color}));
    return ExitCode::success;
}

Result<ExitCode> trace_why(const TraceFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto named, only_story(flags));
    if (globals.json) {
        const boost::json::object document{
            {"version", 1},
            {"id", named.id},
            {"sentences", boost::json::value_from(observe::why(named.story))}};
        fmt::print("{}\n", boost::json::serialize(document));
        return ExitCode::success;
    }
    fmt::print("{}", observe::why_text(named.story));
    return ExitCode::success;
}

Result<ExitCode> trace_export(const TraceFlags& flags, const Globals& globals) {
    const bool form = flags.curl || !flags.har.empty() || !flags.html.empty() || !flags.svg.empty();
    if (!form && !globals.json) {
        return fail(ErrorKind::invalid_argument,
                    "export needs a form: --har FILE, --curl, --html FILE, --svg FILE or --json");
    }
    APILAB_TRY(const auto stories, named_stories(flags));
    APILAB_CHECK(write_forms(stories, flags));
    for (const auto& [id, story] : stories) {
        if (globals.json) {
            fmt::print("{}\n", observe::story_json(story));
        }
        if (flags.curl && story.exchanges.empty()) {
            fmt::print(stderr, "{}: its requests were not kept\n", id);
        }
        for (const auto& exchange : story.exchanges) {
            if (flags.curl) {
                fmt::print("{}\n", observe::curl_line(exchange));
            }
        }
    }
    return ExitCode::success;
}

Result<ExitCode> trace_import(const TraceFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto text, read_file(flags.file, observe::HarLimits{}.size_max));
    auto stories = observe::read_har(text);
    if (!stories) {
        return fail(std::move(stories).error().in(flags.file));
    }
    APILAB_TRY(auto store, open_trace_store(flags.store));
    for (const auto& story : *stories) {
        APILAB_TRY(const auto id, store->save(story));
        fmt::print("{}\n", globals.json ? fmt::format(R"({{"type":"call","id":"{}"}})", id) : id);
    }
    if (globals.json) {
        fmt::print("{{\"type\":\"result\",\"calls\":{}}}\n", stories->size());
    }
    return ExitCode::success;
}

}  // namespace apilab::cli
