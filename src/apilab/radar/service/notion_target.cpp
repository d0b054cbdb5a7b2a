#include "apilab/radar/service/notion_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/radar/service/notion_row.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::radar {

using provider::notion::Page;
using work::LookUpOutcome;
using work::Message;
using work::MessageState;
using work::SendOutcome;

namespace {

constexpr std::chrono::seconds wait_min{5};
constexpr std::chrono::minutes wait_max{30};
// After a token was refused; twice as long each time.
constexpr std::chrono::minutes refusal_min{1};
// What goes before a write (reading, columns) may fail for so long before it counts as a send.
constexpr std::chrono::days patience{1};

bool is_open(MessageState state) {
    return state == MessageState::pending || state == MessageState::sending ||
           state == MessageState::unknown;
}

// Not there, or not shared with us.
bool is_absent(const Error& error) {
    return error.status() == 404 && error.provider_code() == "object_not_found";
}

// Twice as long each time: about as long as it has taken so far.
Duration pause_since(SystemTime since, SystemTime now) {
    return std::clamp<Duration>(now - since, wait_min, wait_max);
}

// Of those that a look-up found: the oldest.
std::string first_id(const std::string& ids) {
    return ids.substr(0, ids.find(' '));
}

}  // namespace

/// What the messages before this one say.
struct NotionTarget::Chain {
    std::string page;
    /// The one that has to end first.
    std::optional<Message> open;
};

/// What there is under a key.
struct NotionTarget::Row {
    /// Nothing: it is to be made.
    std::optional<Page> page;
    /// Thrown away, or deleted for good.
    bool away = false;
    /// The id of the page, also where it is not there any more.
    std::string id;
    std::vector<std::string> twins;
};

NotionTarget::NotionTarget(provider::Notion notion, work::StoreWriter& writer,
                           runtime::Scheduler& scheduler)
    : notion_(std::move(notion)), writer_(writer), scheduler_(scheduler) {}

work::OutboxTargetOptions NotionTarget::options() {
    return {.traits = {.look_up = true}, .concurrency = 1, .pace = std::chrono::milliseconds(350)};
}

std::string NotionTarget::column(const std::string& name) const {
    const auto found = columns_.find(name);
    return found == columns_.end() ? name : found->second;
}

std::int64_t NotionTarget::revision_of(const Page& page) const {
    const auto* value = provider::notion::find_property(page, column("Revision"));
    return value == nullptr ? 0 : static_cast<std::int64_t>(value->number.value_or(0));
}

provider::Notion NotionTarget::notion_for(const Message& message) const {
    return notion_.within(work::trace_of(message));
}

// --- which row

runtime::Task<Result<NotionTarget::Chain>> NotionTarget::chain_of(Message message,
                                                                  NotionEffect effect) const {
    co_return co_await writer_.run<Chain>([target = message.target, row = effect.row,
                                           revision = effect.revision](
                                              work::Store& store) -> Result<Chain> {
        Chain chain;
        const auto last = std::max<std::int64_t>(revision - chain_max, 1);
        for (auto n = revision - 1; n >= last; --n) {
            APILAB_TRY(
                const auto found,
                store.messages(
                    {.id = {}, .target = target, .key = fmt::format("{}#{}", row, n), .state = {}},
                    1));
            if (found.empty()) {
                continue;
            }
            if (is_open(found.front().state)) {
                chain.open = found.front();
                return chain;
            }
            if (!found.front().external_id.empty()) {
                chain.page = first_id(found.front().external_id);
                return chain;
            }
        }
        return chain;
    });
}

runtime::Task<Result<NotionTarget::Row>> NotionTarget::page_row(provider::Notion notion,
                                                                std::string page) const {
    Row row{.page = {}, .id = page, .twins = {}};
    auto found = co_await notion.get_page(page);
    if (found) {
        row.away = found->thrown_away();
        row.page = *std::move(found);
        co_return row;
    }
    if (!is_absent(found.error())) {
        co_return fail(std::move(found).error());
    }
    // Deleted for good, unless it is the whole list that we may not see.
    APILAB_CO_CHECK(co_await notion.get_data_source(notion.options().data_source));
    row.away = true;
    co_return row;
}

runtime::Task<Result<NotionTarget::Row>> NotionTarget::row_of(provider::Notion notion,
                                                              std::string page,
                                                              std::string key) const {
    if (!page.empty()) {
        co_return co_await page_row(std::move(notion), std::move(page));
    }
    APILAB_CO_TRY(auto rows, co_await notion.find_all(key, column("Key")));
    if (rows.empty()) {
        APILAB_CO_TRY(rows, co_await notion.find_all(key, column("Key"), true));
        rows.resize(std::min<std::size_t>(rows.size(), 1));
    }
    if (rows.empty()) {
        co_return Row{.page = {}, .id = {}, .twins = {}};
    }
    // What the index says of it may be old.
    APILAB_CO_TRY(auto row, co_await page_row(std::move(notion), rows.front().id));
    for (std::size_t i = 1; i < rows.size(); ++i) {
        row.twins.push_back(rows[i].id);
    }
    co_return row;
}

// --- columns

// True: the columns were asked for now.
runtime::Task<Result<bool>> NotionTarget::prepare(provider::Notion notion) {
    if (!columns_.empty()) {
        co_return false;
    }
    const auto& id = notion.options().data_source;
    APILAB_CO_TRY(const auto source, co_await notion.get_data_source(id));
    std::map<std::string, std::string> columns;
    std::vector<std::pair<std::string, std::string>> missing;
    const auto has = [&](const std::string& name, std::string_view type) {
        const auto found = source.properties.find(name);
        return found != source.properties.end() && found->second.type == type;
    };
    for (const auto& ours : machine_columns) {
        const std::string name(ours.name);
        auto& called = columns[name];
        if (ours.type == "title") {
            called = "title";  // its id, whatever it is called
            continue;
        }
        const bool taken = source.properties.contains(name) && !has(name, ours.type);
        called = taken ? name + std::string(taken_suffix) : name;
        if (!has(called, ours.type)) {
            missing.emplace_back(called, ours.schema);
        }
    }
    if (!has(columns["Key"], "rich_text")) {
        for (const auto& theirs : human_columns) {
            if (!source.properties.contains(std::string(theirs.name))) {
                missing.emplace_back(theirs.name, theirs.schema);
            }
        }
    }
    if (!missing.empty()) {
        APILAB_CO_CHECK(
            co_await notion.update_data_source(id, provider::notion_properties(missing)));
    }
    columns_ = std::move(columns);
    co_return true;
}

// --- what an error means

void NotionTarget::note_refusal(const Error& error) {
    const auto now = scheduler_.system_now();
    if (error.kind() == ErrorKind::auth && now >= refused_until_) {
        constexpr int doublings_max = 5;
        const auto wait = refusal_min * (1 << std::min(refusals_++, doublings_max));
        refused_until_ = now + std::min<Duration>(wait, wait_max);
    }
}

Duration NotionTarget::refused_for() const {
    return std::max<Duration>(refused_until_ - scheduler_.system_now(), Duration::zero());
}

SendOutcome NotionTarget::later(const Message& message, const Error& error) {
    note_refusal(error);
    return SendOutcome::not_applied(error.to_string(), pause_after(message, error));
}

SendOutcome NotionTarget::not_begun(const Message& message, const Error& error) {
    note_refusal(error);
    const auto pause = pause_after(message, error);
    return scheduler_.system_now() - message.created < patience
               ? SendOutcome::not_yet(error.to_string(), pause)
               : SendOutcome::not_applied(error.to_string(), pause);
}

Duration NotionTarget::pause_after(const Message& message, const Error& error) const {
    return std::max({pause_since(message.created, scheduler_.system_now()),
                     error.retry_after().value_or(Duration()), refused_for()});
}

/// What a write was.
struct NotionTarget::Attempt {
    bool creates = false;
    /// The columns were asked for just before.
    bool fresh = false;
};

SendOutcome NotionTarget::outcome_of(const Message& message, const Error& error, Attempt attempt) {
    const int status = error.status();
    if (error.outcome() == Outcome::not_sent || error.kind() == ErrorKind::rate_limited ||
        error.kind() == ErrorKind::auth || is_absent(error) ||
        (status == 409 && !attempt.creates)) {
        return later(message, error);
    }
    const bool refused = error.kind() == ErrorKind::status && status >= 400 && status < 500 &&
                         status != 408 && status != 409;
    if (!refused) {
        return SendOutcome::unknown(error.to_string());
    }
    columns_.clear();  // somebody may have changed them: once more, with those that there are
    return attempt.fresh ? SendOutcome::refused(error.to_string()) : later(message, error);
}

// --- sending

runtime::Task<SendOutcome> NotionTarget::send(Message message) {
    const auto notion = notion_for(message);
    auto effect = read_notion_effect(message.payload);
    if (!effect) {
        co_return SendOutcome::refused(effect.error().to_string());
    }
    if (const auto wait = refused_for(); wait > Duration::zero()) {
        co_return SendOutcome::not_yet("Notion has refused the token", wait);
    }
    const auto chain = co_await chain_of(message, *effect);
    if (!chain) {
        co_return not_begun(message, chain.error());
    }
    if (chain->open) {
        const auto since = chain->open->unknown_since.value_or(chain->open->created);
        co_return SendOutcome::not_yet(fmt::format("{} is not settled yet", chain->open->key),
                                       pause_since(since, scheduler_.system_now()));
    }
    const auto ready = co_await prepare(notion);
    if (!ready) {
        co_return not_begun(message, ready.error());
    }
    auto row = co_await row_of(notion, chain->page, effect->row);
    if (!row) {
        columns_.clear();
        co_return not_begun(message, row.error());
    }
    refusals_ = 0;
    co_return co_await write(notion, std::move(message), *std::move(effect), *std::move(row),
                             *ready);
}

runtime::Task<SendOutcome> NotionTarget::write(provider::Notion notion, Message message,
                                               NotionEffect effect, Row row, bool fresh) {
    if (row.away) {
        co_return SendOutcome::applied(row.id);
    }
    std::vector<std::pair<std::string, std::string>> values;
    values.reserve(effect.properties.size());
    for (auto& [name, value] : effect.properties) {
        values.emplace_back(column(name), std::move(value));
    }
    if (row.page && revision_of(*row.page) < effect.revision) {
        const auto done = co_await notion.update(row.id, provider::notion_properties(values));
        if (!done) {
            co_return outcome_of(message, done.error(), {.creates = false, .fresh = fresh});
        }
    }
    if (!row.twins.empty()) {
        // `look_up` says how many there are.
        co_return SendOutcome::unknown(
            fmt::format("{} rows have the key {}", row.twins.size() + 1, effect.row));
    }
    if (row.page) {
        co_return SendOutcome::applied(row.id);
    }
    const auto made = co_await notion.create(provider::notion_properties(values));
    co_return made ? SendOutcome::applied(made->id)
                   : outcome_of(message, made.error(), {.creates = true, .fresh = fresh});
}

// --- looking

runtime::Task<LookUpOutcome> NotionTarget::look_up(Message message) {
    const auto notion = notion_for(message);
    const auto effect = read_notion_effect(message.payload);
    if (!effect) {
        co_return LookUpOutcome::unavailable(effect.error().to_string());
    }
    const auto unavailable = [](const Error& error) {
        return LookUpOutcome::unavailable(error.to_string(), error.retry_after());
    };
    const auto chain = co_await chain_of(message, *effect);
    if (!chain) {
        co_return unavailable(chain.error());
    }
    if (const auto ready = co_await prepare(notion); !ready) {
        co_return unavailable(ready.error());
    }
    const auto row = co_await row_of(notion, chain->page, effect->row);
    if (!row) {
        columns_.clear();
        co_return unavailable(row.error());
    }
    std::vector<std::string> found;
    const bool said = row->page && revision_of(*row->page) >= effect->revision;
    if (row->away || said || !row->twins.empty()) {
        found.push_back(row->id);
        found.insert(found.end(), row->twins.begin(), row->twins.end());
    }
    co_return LookUpOutcome::of(std::move(found));
}

}  // namespace apilab::radar
