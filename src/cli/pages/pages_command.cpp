// apilab pages: every item of a list of many pages, one a line.

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/signals.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "command.hpp"
#include "pages/item_file.hpp"
#include "pages/pages.hpp"
#include "progress.hpp"

namespace apilab::cli {
namespace {

using runtime::Task;

/// Where the caller counts items.
constexpr std::uint64_t pages_without_end = 1'000'000'000'000;

using TextPages = data::Pages<std::string>;

// One walk from its beginning, or from where it was left, to wherever it gets.
class PagesRun {
public:
    PagesRun(TextPages pages, std::unique_ptr<ItemSink> sink, const PagesFlags& flags,
             const Globals& globals)
        : pages_(std::move(pages)),
          sink_(std::move(sink)),
          flags_(flags),
          progress_("items", globals.err(), globals.quiet) {}

    Task<void> walk() {
        keep();  // what is written before the first checkpoint could not be told from the rest
        while (!error_ && !sink_->reader_gone()) {
            auto item = co_await pages_.next();
            if (!item) {
                break;
            }
            if (!*item) {
                error_ = std::move(*item).error();
                break;
            }
            take(**item);
        }
        if (!error_ || error_->kind() != ErrorKind::io) {
            keep();
        }
        co_await pages_.close();
    }

    [[nodiscard]] const data::WalkSummary& summary() const { return pages_.summary(); }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] bool reader_gone() const { return sink_->reader_gone(); }

private:
    void note(const Result<void>& done) {
        if (!done && !error_) {
            error_ = done.error();
        }
    }

    // Kept with the first item of each page: a kill costs at most a page's items, and with an
    // output file not even those, for it is cut back to the length that was kept.
    void take(const std::string& item) {
        note(sink_->write(item));
        if (pages_.place().page != page_) {
            page_ = pages_.place().page;
            keep();
            progress_.update(static_cast<std::size_t>(summary().items), 0);
        }
    }

    // The items first: a checkpoint never speaks of one that is not written.
    void keep() {
        note(sink_->flush());
        if (flags_.checkpoint.empty() || sink_->reader_gone() ||
            (error_ && error_->kind() == ErrorKind::io)) {
            return;
        }
        auto checkpoint = pages_.checkpoint();
        note(checkpoint ? keep_walk(flags_.checkpoint, {.checkpoint = *std::move(checkpoint),
                                                        .output = flags_.output,
                                                        .bytes = sink_->bytes()})
                        : fail(checkpoint.error()));
    }

    TextPages pages_;
    std::unique_ptr<ItemSink> sink_;
    const PagesFlags& flags_;
    Progress progress_;
    std::optional<Error> error_;
    std::uint64_t page_ = 0;
};

data::PageOptions options_of(const PagesFlags& flags, runtime::Scheduler& scheduler,
                             const Clock& clock) {
    data::PageOptions options{
        .key = flags.key, .prefetch = flags.prefetch, .scheduler = &scheduler, .clock = &clock};
    if (flags.limit > 0) {
        options.items_max = flags.limit;
        options.at_cap = data::AtCap::end;
    }
    if (flags.pages > 0) {
        options.pages_max = flags.pages;
        options.at_cap = data::AtCap::end;
    } else if (flags.limit > 0) {
        options.pages_max = pages_without_end;
    }
    return options;
}

std::string result_json(const PagesRun& run) {
    const auto& summary = run.summary();
    return boost::json::serialize(boost::json::object{
        {"type", "result"},
        {"end", to_string(summary.end)},
        {"items", summary.items},
        {"pages", summary.pages},
        {"requests", summary.requests},
        {"duplicates", summary.duplicates},
        {"restarts", summary.restarts},
        {"incomplete", summary.incomplete.empty() ? boost::json::value(nullptr)
                                                  : boost::json::value(summary.incomplete)},
        {"error", run.error() ? boost::json::value(run.error()->to_string())
                              : boost::json::value(nullptr)}});
}

ExitCode tell(const PagesRun& run, int signal, const PagesFlags& flags, const Globals& globals) {
    if (run.reader_gone()) {
        return ExitCode::success;  // whoever read had enough
    }
    if (globals.json) {
        fmt::print("{}\n", result_json(run));
    }
    if (signal != 0) {
        fmt::print(stderr, "interrupted: {} items so far{}\n", run.summary().items,
                   flags.checkpoint.empty() ? "" : "; the same command goes on from there");
        return signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
    }
    if (run.error()) {
        const auto code = report(*run.error(), globals);
        fmt::print(stderr, "this is not the whole list: {}\n", run.summary().describe());
        return code;
    }
    const bool part = run.summary().end == data::WalkEnd::incomplete;
    if (!globals.quiet || part) {
        fmt::print(stderr, "{}{}\n", part ? "this is not the whole list: " : "",
                   run.summary().describe());
    }
    return part ? ExitCode::failure : ExitCode::success;
}

Result<std::optional<KeptWalk>> kept_before(const PagesFlags& flags) {
    if (flags.checkpoint.empty()) {
        return std::nullopt;
    }
    APILAB_TRY(auto kept, load_walk(flags.checkpoint));
    if (kept && kept->output != flags.output) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{} belongs to a walk into {}", flags.checkpoint,
                                      kept->output.empty() ? "the standard output" : kept->output))
                        .with_remedy("the same --output, or another --checkpoint"));
    }
    return kept;
}

Result<void> check_flags(const PagesFlags& flags) {
    const bool described = !flags.items.empty() || !flags.next.empty() || !flags.parameter.empty();
    if (flags.kind == "auto" && described) {
        return fail(ErrorKind::invalid_argument,
                    "--items, --next and --parameter describe a list of a known --kind");
    }
    return {};
}

Result<ExitCode> walk_list(const PagesFlags& flags, const Globals& globals) {
    APILAB_CHECK(check_flags(flags));
    APILAB_TRY(auto request, first_page(flags));
    APILAB_TRY(auto kept, kept_before(flags));
    std::optional<std::uint64_t> bytes;
    runtime::RealScheduler scheduler;
    RealClock clock;
    auto options = options_of(flags, scheduler, clock);
    if (kept) {
        options.from = std::move(kept->checkpoint);
        bytes = kept->bytes;
    }
    transport::AsioTransport transport(scheduler);
    SeededRng rng(fresh_seed());
    APILAB_TRY(const auto client, client::Client::create(scheduler, transport, rng));
    APILAB_TRY(auto pages, TextPages::create(*client, std::move(request), page_rules_of(flags),
                                             data::item_text, std::move(options)));
    APILAB_TRY(auto sink, ItemSink::open(flags.output, bytes));
    PagesRun run(std::move(pages), std::move(sink), flags, globals);
    runtime::TaskGroup group(scheduler);
    int signal = 0;
    {
        const runtime::Signals signals(scheduler, {SIGINT, SIGTERM}, [&](int number) {
            signal = number;
            group.cancel();
        });
        group.spawn(run.walk());
        runtime::run(scheduler, group.join());
    }
    return tell(run, signal, flags, globals);
}

void declare(CLI::App& command, PagesFlags& flags) {
    command.add_option("URL", flags.url, "The first page")->required();
    command
        .add_option("--kind", flags.kind,
                    "How the list goes on: auto (the first answer decides), link, next, cursor, "
                    "page or offset")
        ->check(CLI::IsMember({"auto", "link", "next", "cursor", "page", "offset"}))
        ->capture_default_str();
    command.add_option("--items", flags.items,
                       "JSON pointer of the items (default: /items; with link the whole body)");
    command.add_option("--next", flags.next,
                       "JSON pointer of the next URL or cursor (/next, /next_cursor)");
    command.add_option("--parameter", flags.parameter,
                       "The query parameter for it (cursor, page, offset)");
    command.add_option("--key", flags.key,
                       "JSON pointer of an item's key: items that come twice are dropped");
    command.add_option("--checkpoint", flags.checkpoint,
                       "Keep in FILE how far it is, and go on from there next time");
    command.add_option("--output", flags.output,
                       "Append the items to FILE; with --checkpoint each is there exactly once");
    command.add_option("--limit", flags.limit, "At most so many items");
    command.add_option("--pages", flags.pages, "At most so many pages");
    command.add_option("--prefetch", flags.prefetch, "Pages asked for ahead, 0 to 64")
        ->check(CLI::Range(0, 64));
    command.add_option("--header", flags.headers,
                       "\"name: value\"; secrets as env:NAME, @file or cmd:...");
    command.add_option("--token", flags.token,
                       "A bearer token: env:NAME, @file or cmd:... (never itself)");
}

}  // namespace

void add_pages(CLI::App& app, const Globals& globals, Action& action) {
    auto* command =
        app.add_subcommand("pages", "Every item of a list of many pages, one JSON text a line");
    const auto flags = std::make_shared<PagesFlags>();
    declare(*command, *flags);
    command->callback([flags, &globals, &action] {
        action = [flags, &globals] {
            const auto code = walk_list(*flags, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
