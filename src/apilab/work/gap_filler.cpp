#include "apilab/work/gap_filler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"

namespace apilab::work {
namespace {

using runtime::Scheduler;
using runtime::Task;

constexpr std::size_t page_max = 1'000;
constexpr std::size_t guid_max = 255;
constexpr std::size_t lost_max = 100;
constexpr std::size_t checkpoint_max = std::size_t{8} << 20U;
/// Looks back so far behind the checkpoint: a list shows a delivery once it is over.
constexpr Duration overlap = std::chrono::minutes(5);
/// Asked in one go of the store's thread.
constexpr std::size_t look_ups_at_once = 50;

Error bad(std::string_view field, std::string_view what) {
    return Error(ErrorKind::decode, fmt::format("a delivery's {} {}", field, what))
        .with_detail(std::string(field));
}

// What is kept as a line's word, and sent back in a URL.
bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= guid_max &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<void> check(const DeliveryPage& page) {
    if (page.deliveries.size() > page_max) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("a page of {} deliveries, 1,000 are taken at most",
                                      page.deliveries.size())));
    }
    for (const Delivery& each : page.deliveries) {
        if (!is_word(each.guid)) {
            return fail(bad("guid", "is empty, longer than 255 bytes or no plain text"));
        }
        if (!is_word(each.id)) {
            return fail(bad("id", "is empty, longer than 255 bytes or no plain text"));
        }
    }
    return {};
}

}  // namespace

Result<void> GapFillerOptions::validate() const {
    APILAB_CHECK(rule.validate());
    if (every < std::chrono::seconds(1) || every > std::chrono::days(1)) {
        return fail(
            Error(ErrorKind::invalid_argument,
                  fmt::format("gap.every is {}, outside 1 s to 1 day", format_duration(every)))
                .with_detail("every"));
    }
    return {};
}

std::string GapReport::describe() const {
    return fmt::format("{} events, {} missing, {} asked for, {} recovered", events, missing, asked,
                       recovered);
}

GapFiller::GapFiller(Scheduler& scheduler, StoreWriter& writer, DeliverySource& source,
                     GapFillerOptions options)
    : scheduler_(scheduler),
      writer_(writer),
      source_(source),
      options_(std::move(options)),
      began_(scheduler.system_now()) {}

void GapFiller::load(GapReport& report) {
    if (std::exchange(loaded_, true) || options_.checkpoint.empty() ||
        !std::filesystem::exists(options_.checkpoint)) {
        return;
    }
    const auto text = read_file(options_.checkpoint, checkpoint_max);
    auto read = text ? GapCheckpoint::parse(*text) : fail(text.error());
    if (read) {
        checkpoint_ = *std::move(read);
    } else {
        // Everything that the sender still knows is looked at once more; nothing is lost by that.
        report.alarm = read.error().to_string();
    }
}

void GapFiller::save(GapReport& report) {
    if (options_.checkpoint.empty()) {
        return;
    }
    auto saved = write_file_atomically(options_.checkpoint, checkpoint_.to_text());
    if (!saved && !report.error) {
        report.error = std::move(saved).error().in("keeping the gap filler's checkpoint");
    }
}

Task<Result<std::vector<bool>>> GapFiller::stored(std::vector<std::string> guids) {
    std::vector<bool> out;
    while (out.size() < guids.size()) {
        const auto from = guids.begin() + static_cast<std::ptrdiff_t>(out.size());
        const auto count = std::min(look_ups_at_once, guids.size() - out.size());
        std::vector<std::string> some(from, from + static_cast<std::ptrdiff_t>(count));
        APILAB_CO_TRY(const auto found,
                      co_await writer_.run<std::vector<bool>>(
                          [source = options_.rule.source,
                           some = std::move(some)](Store& store) -> Result<std::vector<bool>> {
                              std::vector<bool> there;
                              for (const std::string& guid : some) {
                                  APILAB_TRY(const bool known, store.has_event(source, guid));
                                  there.push_back(known);
                              }
                              return there;
                          }));
        out.insert(out.end(), found.begin(), found.end());
    }
    co_return out;
}

// What was asked for and came since.
Task<Result<void>> GapFiller::count_recovered(GapReport* report) {
    std::vector<std::string> guids;
    guids.reserve(checkpoint_.asked.size());
    for (const auto& [guid, asked] : checkpoint_.asked) {
        guids.push_back(guid);
    }
    APILAB_CO_TRY(const auto there, co_await stored(guids));
    const SystemTime now = scheduler_.system_now();
    for (std::size_t i = 0; i < guids.size(); ++i) {
        const auto entry = checkpoint_.asked.find(guids[i]);
        if (there[i]) {
            report->recovered += 1;
            totals_.recovered += 1;
            checkpoint_.asked.erase(entry);
        } else if (now - entry->second.last >= options_.rule.horizon) {
            report->too_late += 1;
            if (report->lost.size() < lost_max) {
                report->lost.push_back(guids[i]);
            }
            checkpoint_.asked.erase(entry);
        }
    }
    co_return Result<void>();
}

void GapFiller::begin_walk(GapReport& report) {
    const SystemTime now = scheduler_.system_now();
    const SystemTime known_from = now - options_.rule.horizon;
    const SystemTime since = checkpoint_.through.value_or(known_from) - overlap;
    if (checkpoint_.through && *checkpoint_.through < known_from) {
        report.alarm =
            fmt::format("what was delivered in {} was not looked at while the sender knew it",
                        format_duration(known_from - *checkpoint_.through));
    }
    walk_ = Walk{
        .started = now, .since = std::max(since, known_from), .page = {}, .seen = {}, .open = {}};
}

Task<Result<std::vector<Delivery>>> GapFiller::read_pages(GapReport* report) {
    std::vector<Delivery> out;
    if (!walk_) {
        begin_walk(*report);
    }
    for (std::size_t i = 0; i < options_.rule.pages_per_round && !stopping_; ++i) {
        auto page = co_await source_.list(walk_->since, walk_->page);
        if (auto sound = page ? check(*page) : fail(page.error()); !sound) {
            if (!walk_->page.empty() && sound.error().kind() == ErrorKind::status) {
                walk_.reset();  // the sender does not know the page any more: from the start
            }
            co_return fail(std::move(sound).error().in("listing deliveries"));
        }
        const bool old = !page->deliveries.empty() && page->deliveries.back().at < walk_->since;
        for (Delivery& each : page->deliveries) {
            if (each.at >= walk_->since) {
                out.push_back(std::move(each));
            }
        }
        if (page->next.empty() || old) {
            report->complete = true;
            co_return out;
        }
        if (std::ranges::find(walk_->seen, page->next) != walk_->seen.end()) {
            walk_.reset();
            co_return fail(Error(ErrorKind::protocol,
                                 "the sender's list of deliveries goes in a "
                                 "circle: a page came twice"));
        }
        walk_->seen.push_back(page->next);
        walk_->page = std::move(page->next);
    }
    co_return out;
}

void GapFiller::take(const EventAttempts& event, Gap gap, GapReport& report) {
    if (gap == Gap::missing || gap == Gap::waiting) {
        report.missing += 1;
        report.acknowledged += event.acknowledged ? 1 : 0;
        report.oldest_missing = std::min(report.oldest_missing.value_or(event.first), event.first);
    }
    if (gap == Gap::missing || gap == Gap::waiting || gap == Gap::young) {
        walk_->open = std::min(walk_->open.value_or(event.first), event.first);
    }
    if (gap == Gap::given_up || gap == Gap::too_late) {
        (gap == Gap::given_up ? report.given_up : report.too_late) += 1;
        if (report.lost.size() < lost_max) {
            report.lost.push_back(event.guid);
        }
    }
}

Task<Result<void>> GapFiller::judge_all(std::vector<Delivery> deliveries, GapReport* report) {
    const auto events = by_event(deliveries);
    report->listed = deliveries.size();
    report->events = events.size();
    std::vector<std::string> guids;
    guids.reserve(events.size());
    for (const EventAttempts& event : events) {
        guids.push_back(event.guid);
    }
    APILAB_CO_TRY(const auto there, co_await stored(std::move(guids)));
    std::vector<EventAttempts> missing;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto entry = checkpoint_.asked.find(events[i].guid);
        const auto asked =
            entry == checkpoint_.asked.end() ? std::nullopt : std::optional(entry->second);
        const Gap gap = judge(events[i], there[i], asked, options_.rule, scheduler_.system_now());
        take(events[i], gap, *report);
        if (gap == Gap::missing) {
            missing.push_back(events[i]);
        }
    }
    if (report->complete) {
        finish_walk();
    }
    co_return co_await ask(std::move(missing), report);
}

// Everything up to here is stored or given up, but for what is open.
void GapFiller::finish_walk() {
    const SystemTime through = std::min(walk_->open.value_or(walk_->started), walk_->started);
    checkpoint_.through = std::max(checkpoint_.through.value_or(through), through);
    checkpoint_.walked = walk_->started;
    walk_.reset();
}

// The oldest first: those are forgotten first.
Task<Result<void>> GapFiller::ask(std::vector<EventAttempts> missing, GapReport* report) {
    std::ranges::sort(missing, [](const EventAttempts& a, const EventAttempts& b) {
        return std::tie(a.newest, a.guid) < std::tie(b.newest, b.guid);
    });
    missing.resize(std::min(missing.size(), options_.rule.asks_per_round));
    for (const EventAttempts& event : missing) {
        if (report->asked > 0 && !co_await pause(options_.rule.pace)) {
            co_return fail(ErrorKind::cancelled, "cancelled between requests");
        }
        if (stopping_) {
            break;
        }
        APILAB_CO_CHECK(co_await request(event, report));
    }
    co_return Result<void>();
}

Task<Result<void>> GapFiller::request(EventAttempts event, GapReport* report) {
    // It may have come while the others were asked for.
    std::vector<std::string> guids{event.guid};
    APILAB_CO_TRY(const auto there, co_await stored(std::move(guids)));
    if (there.front()) {
        co_return Result<void>();
    }
    auto requested = co_await source_.request_again(event.newest_id);
    const bool refused = !requested && requested.error().kind() == ErrorKind::status;
    if (requested || refused || requested.error().outcome() == Outcome::unknown) {
        totals_.missing += checkpoint_.asked.contains(event.guid) ? 0 : 1;
        checkpoint_.remember(event.guid, scheduler_.system_now());
        report->asked += 1;
        totals_.asked += 1;
    }
    if (!requested && !refused) {
        co_return fail(std::move(requested).error().in("asking for a delivery again"));
    }
    co_return Result<void>();
}

Task<Result<void>> GapFiller::steps(GapReport* report) {
    APILAB_CO_CHECK(co_await count_recovered(report));
    APILAB_CO_TRY(auto deliveries, co_await read_pages(report));
    co_return co_await judge_all(std::move(deliveries), report);
}

std::string GapFiller::alarm_of(const GapReport& report) const {
    const SystemTime now = scheduler_.system_now();
    const auto& rule = options_.rule;
    if (!report.lost.empty()) {
        return fmt::format("{} events were asked for and did not come, the first of them {}",
                           report.given_up + report.too_late, report.lost.front());
    }
    if (report.oldest_missing && now - *report.oldest_missing >= rule.alarm_after) {
        return fmt::format("an event has been missing for {}, and is forgotten after {}",
                           format_duration(now - *report.oldest_missing),
                           format_duration(rule.horizon));
    }
    const Duration unseen = now - checkpoint_.walked.value_or(began_);
    if (unseen >= rule.alarm_after) {
        return fmt::format("deliveries have not been listed for {}, and are forgotten after {}",
                           format_duration(unseen), format_duration(rule.horizon));
    }
    return {};
}

Task<GapReport> GapFiller::round() {
    GapReport report;
    load(report);
    if (auto done = co_await steps(&report); !done) {
        report.error = std::move(done).error();
    }
    save(report);
    if (auto alarm = alarm_of(report); !alarm.empty()) {
        report.alarm = std::move(alarm);
    }
    co_return report;
}

Task<void> GapFiller::run() {
    while (!stopping_ && !co_await runtime::cancelled()) {
        const GapReport report = co_await round();
        if (options_.told) {
            options_.told(report);
        }
        if (!co_await pause(options_.every)) {
            break;
        }
    }
}

void GapFiller::stop() {
    stopping_ = true;
    if (waiting_ != nullptr) {
        waiting_->set();
    }
}

// False where it was cancelled.
Task<bool> GapFiller::pause(Duration duration) {
    if (stopping_) {
        co_return true;
    }
    runtime::Event woken;
    waiting_ = &woken;
    const auto why = co_await scheduler_.wait(&woken, scheduler_.now() + duration);
    waiting_ = nullptr;
    co_return why != Scheduler::Woken::cancelled;
}

}  // namespace apilab::work
