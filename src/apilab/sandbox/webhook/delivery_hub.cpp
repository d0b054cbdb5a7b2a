#include "apilab/sandbox/webhook/delivery_hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/call_out.hpp"
#include "apilab/sandbox/internal/fields.hpp"
#include "apilab/sandbox/webhook/bodies.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "apilab/sandbox/webhook/letter.hpp"
#include "apilab/sandbox/webhook/subscription.hpp"

namespace apilab::sandbox::webhook {

using internal::bad_field;
using runtime::Task;
using runtime::TaskGroup;

namespace {

constexpr std::size_t subscriptions_max = 100;
constexpr std::size_t records_max = 1000;
constexpr std::size_t record_bytes_max = std::size_t{64} << 20U;
constexpr std::size_t under_way_max = 1000;
constexpr std::size_t answer_max = 16 * 1024;
constexpr Duration after_the_answer = std::chrono::milliseconds(50);
constexpr Duration later = std::chrono::seconds(2);
constexpr Duration overlap = std::chrono::hours(24);

constexpr std::array<std::string_view, 10> mischiefs{"altered", "duplicate", "forge",   "future",
                                                     "huge",    "lost",      "reorder", "slow",
                                                     "stale",   "unsigned"};

// An event on its way to one subscriber.
struct Mail {
    Event event;
    std::string guid;
    /// Before it leaves.
    Duration wait = after_the_answer;
    Truth truth = Truth::genuine;
    std::uint64_t variant = 0;
    /// `first`, `again`, `redelivery`.
    std::string copy = "first";
    std::string challenge;
    bool slow = false;
    bool huge = false;
    /// The first attempt never arrives.
    bool lost = false;
    /// To who is not active as well: handshakes and what a person asked for.
    bool always = false;
};

struct Subscriber {
    Subscription now;
    /// What signed until the secret was changed, and how long it still does.
    Secret former;
    SystemTime former_until;
};

struct Kept {
    DeliveryRecord record;
    /// Who it went to, for those that have not subscribed.
    Subscription to;
};

std::vector<std::pair<std::string, std::string>> pairs(const http::Headers& headers) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [name, value] : headers) {
        all.emplace_back(name, value);
    }
    return all;
}

Truth truth_of(std::string_view what) {
    return what == "forge"      ? Truth::forged
           : what == "unsigned" ? Truth::without_signature
           : what == "altered"  ? Truth::altered
           : what == "stale"    ? Truth::stale
           : what == "future"   ? Truth::future
                                : Truth::genuine;
}

}  // namespace

bool is_mischief(std::string_view name) {
    return std::ranges::find(mischiefs, name) != mischiefs.end();
}

std::string mischief_names() {
    std::string names;
    for (const auto name : mischiefs) {
        names.append(names.empty() ? "" : ", ").append(name);
    }
    return names;
}

std::string_view name_of(WebhookFault fault) {
    // In the order of the enumerators.
    constexpr std::array<std::string_view, 10> names{
        "", "duplicate", "reorder", "forge", "stale", "future", "unsigned", "slow", "huge", "lost"};
    static_assert(static_cast<std::size_t>(WebhookFault::lost) + 1 == names.size());
    return names[static_cast<std::size_t>(fault)];
}

// What deliveries under way refer to; outlives the hub until the last of them is over.
struct DeliveryHub::Core {
    Core(runtime::Scheduler& its_scheduler, std::shared_ptr<Journal> its_journal)
        : scheduler(its_scheduler),
          journal(std::move(its_journal)),
          tasks(TaskGroup::abandonable(its_scheduler)) {}

    runtime::Scheduler& scheduler;
    std::shared_ptr<Journal> journal;
    std::shared_ptr<TaskGroup> tasks;
    HubOptions options;
    transport::Transport* way = nullptr;
    std::deque<Subscriber> subscribers;
    std::deque<Kept> kept;
    std::size_t kept_bytes = 0;
    std::uint64_t next_subscription = 1;
    std::uint64_t next_delivery = 1;
    std::uint64_t delivery_step = 1;
    std::uint64_t next_guid = 1;
    /// Goes up with every `reset`: what was begun before it is over.
    std::uint64_t era = 0;

    [[nodiscard]] Subscriber* lookup(std::string_view id) {
        const auto found = std::ranges::find_if(
            subscribers, [&](const Subscriber& each) { return each.now.id == id; });
        return found == subscribers.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::string new_guid(std::string_view from) {
        return event_id(from, options.seed, fmt::format("hub {}", next_guid++));
    }
    [[nodiscard]] Mail mail_of(Event event);
    [[nodiscard]] std::vector<std::string> secrets_of(const Subscription& to) const;
    [[nodiscard]] Letter letter_of(const Subscription& to, const Mail& mail) const;
    [[nodiscard]] Outbound row_of(const Subscription& to, const Mail& mail,
                                  const Attempt& attempt) const;
    void send(std::shared_ptr<Core> self, const Subscription& to, Mail mail);
    void send_with(const std::shared_ptr<Core>& self, const Subscription& to, Mail mail,
                   std::string_view what);
    void keep(DeliveryRecord record, const Subscription& to);
    [[nodiscard]] Result<http::Response> lose(Outbound row);
    void settle_handshake(const Subscription& to, const Mail& mail,
                          const Result<http::Response>& answer);
    [[nodiscard]] Task<Result<http::Response>> attempt(Subscription to, Mail mail, Attempt attempt);
    [[nodiscard]] static Task<void> deliver(std::shared_ptr<Core> core, Subscription to, Mail mail);
};

// The id that a body brings along, else one is made up; Slack's events are wrapped.
Mail DeliveryHub::Core::mail_of(Event event) {
    Mail mail;
    if (event.from == "stripe" || event.from == "notion") {
        const auto document = http::JsonDocument::parse(event.body);
        mail.guid = document ? document->root()["id"].string_or("") : "";
    }
    if (mail.guid.empty()) {
        mail.guid = new_guid(event.from);
    }
    if (event.from == "slack") {
        event.body = slack_envelope(mail.guid, event.body, options.seed, scheduler.system_now());
    }
    mail.event = std::move(event);
    return mail;
}

std::vector<std::string> DeliveryHub::Core::secrets_of(const Subscription& to) const {
    std::vector<std::string> secrets;
    if (!to.secret.empty()) {
        secrets.emplace_back(to.secret.reveal());
    }
    for (const Subscriber& each : subscribers) {
        if (each.now.id == to.id && !each.former.empty() &&
            scheduler.system_now() < each.former_until) {
            secrets.insert(secrets.begin(), std::string(each.former.reveal()));
        }
    }
    return secrets;
}

Letter DeliveryHub::Core::letter_of(const Subscription& to, const Mail& mail) const {
    const bool token = mail.event.type == "verification_token";
    return {.from = to.from,
            .type = mail.event.type,
            .id = mail.guid,
            .body = mail.event.body,
            .secrets = token ? std::vector<std::string>() : secrets_of(to),
            .hook = to.id.empty() ? "30" : to.id,
            .form = to.content_type == "form",
            .truth = mail.truth,
            .variant = mail.variant,
            .huge = mail.huge};
}

Outbound DeliveryHub::Core::row_of(const Subscription& to, const Mail& mail,
                                   const Attempt& attempt) const {
    Outbound row{.from = to.from};
    row.facts = {{"event", mail.guid},      {"truth", std::string(to_string(mail.truth))},
                 {"copy", mail.copy},       {"attempt", std::to_string(attempt.number)},
                 {"type", mail.event.type}, {"via", "hub"}};
    if (!mail.challenge.empty()) {
        row.facts.emplace("challenge", mail.challenge);
    }
    if (mail.huge) {
        row.facts.emplace("huge", "yes");
    }
    if (mail.slow) {
        row.facts.emplace("slow", "yes");
    }
    return row;
}

void DeliveryHub::Core::keep(DeliveryRecord record, const Subscription& to) {
    record.id = std::to_string(next_delivery);
    next_delivery += delivery_step;
    record.subscription = to.id;
    kept_bytes += record.request_body.size() + record.response_body.size();
    kept.push_back({.record = std::move(record), .to = to});
    while (kept.size() > records_max || (kept_bytes > record_bytes_max && kept.size() > 1)) {
        const auto& oldest = kept.front().record;
        kept_bytes -= oldest.request_body.size() + oldest.response_body.size();
        kept.pop_front();
    }
}

// Slack goes on only with who gives the challenge back.
void DeliveryHub::Core::settle_handshake(const Subscription& to, const Mail& mail,
                                         const Result<http::Response>& answer) {
    if (mail.challenge.empty() || to.from != "slack") {
        return;
    }
    Subscriber* subscriber = lookup(to.id);
    if (subscriber != nullptr &&
        (!answer || !answer->ok() || !answer->body().contains(mail.challenge))) {
        subscriber->now.active = false;
        subscriber->now.updated = scheduler.system_now();
    }
}

// It left, and nobody ever saw it.
Result<http::Response> DeliveryHub::Core::lose(Outbound row) {
    row.method = "POST";
    row.error = "lost on its way";
    row.facts.emplace("lost", "yes");
    row.sent = scheduler.now();
    row.finished = scheduler.now();
    journal->add_outbound(std::move(row));
    return fail(ErrorKind::connect, "failed to connect to host");
}

Task<Result<http::Response>> DeliveryHub::Core::attempt(Subscription to, Mail mail,
                                                        Attempt attempt) {
    DeliveryRecord record{.guid = mail.guid,
                          .event = mail.event.type,
                          .action = mail.event.action,
                          .delivered_at = scheduler.system_now(),
                          .redelivery = mail.copy == "redelivery"};
    const SteadyTime sent = scheduler.now();
    Result<http::Response> answer = fail(ErrorKind::connect, "the sandbox calls nobody: no way");
    auto url = http::Url::parse(to.url);
    if (mail.lost && attempt.number == 1) {
        record.request_body = mail.event.body;
        answer = lose(row_of(to, mail, attempt));
    } else if (way != nullptr && url) {
        auto request =
            write_letter(letter_of(to, mail), attempt, record.delivered_at, *std::move(url));
        record.request_headers = pairs(request.headers());
        record.request_body = mail.event.body;
        std::shared_ptr<runtime::BodySource> upload;
        if (mail.slow) {
            upload = internal::dripping(scheduler, request.body());
            request.body("");
        }
        const auto* dialect = find_dialect(to.from);
        answer = co_await internal::call_out(scheduler, journal, *way, std::move(request),
                                             dialect->patience, row_of(to, mail, attempt),
                                             std::move(upload));
    }
    record.took = scheduler.now() - sent;
    if (answer) {
        record.status = answer->status();
        record.response_headers = pairs(answer->headers());
        record.response_body = answer->body().substr(0, answer_max);
    } else {
        record.error = answer.error().message();
    }
    keep(std::move(record), to);
    co_return answer;
}

Task<void> DeliveryHub::Core::deliver(std::shared_ptr<Core> core, Subscription to, Mail mail) {
    const auto era = core->era;
    Duration wait = mail.wait;
    Attempt attempt;
    while (co_await core->scheduler.sleep_for(wait) && core->era == era) {
        if (!to.id.empty()) {
            const Subscriber* subscriber = core->lookup(to.id);
            if (subscriber == nullptr || (!subscriber->now.active && !mail.always)) {
                break;
            }
            to = subscriber->now;
        }
        const auto answer = co_await core->attempt(to, mail, attempt);
        if (core->era != era) {
            break;
        }
        core->settle_handshake(to, mail, answer);
        if (answer && answer->status() == 410 && to.from == "standard") {
            if (Subscriber* subscriber = core->lookup(to.id)) {
                subscriber->now.active = false;
            }
        }
        const bool test = mail.event.body.contains(R"("livemode":false)");
        const auto next = next_wait(*find_dialect(to.from), attempt.number, test, answer);
        if (!next || mail.truth != Truth::genuine || !mail.challenge.empty() ||
            mail.copy == "redelivery") {
            break;
        }
        wait = *next;
        ++attempt.number;
        attempt.reason = reason_of(answer);
    }
}

void DeliveryHub::Core::send(std::shared_ptr<Core> self, const Subscription& to, Mail mail) {
    if (tasks->running() >= under_way_max) {
        keep({.guid = mail.guid,
              .event = mail.event.type,
              .action = mail.event.action,
              .delivered_at = scheduler.system_now(),
              .error = "not sent: 1000 deliveries are under way",
              .request_body = mail.event.body},
             to);
        return;
    }
    tasks->spawn(deliver(std::move(self), to, std::move(mail)));
}

void DeliveryHub::Core::send_with(const std::shared_ptr<Core>& self, const Subscription& to,
                                  Mail mail, std::string_view what) {
    const auto* dialect = find_dialect(to.from);
    const Truth truth = truth_of(what);
    const bool dates = truth == Truth::stale || truth == Truth::future;
    if (truth != Truth::genuine && (dialect->dated || !dates)) {
        Mail hostile = mail;  // beside the genuine one
        hostile.truth = truth;
        hostile.variant = next_guid;
        const auto old = hostile.guid;
        hostile.guid = new_guid(to.from);
        if (const auto place = hostile.event.body.find(old); place != std::string::npos) {
            hostile.event.body.replace(place, old.size(), hostile.guid);
        }
        send(self, to, std::move(hostile));
    }
    mail.slow = what == "slow";
    mail.huge = what == "huge";
    mail.lost = what == "lost";
    mail.wait += what == "reorder" ? later : Duration::zero();
    if (what == "duplicate") {
        Mail again = mail;
        again.copy = "again";
        again.wait += later;
        send(self, to, std::move(again));
    }
    send(self, to, std::move(mail));
}

DeliveryHub::DeliveryHub(runtime::Scheduler& scheduler, std::shared_ptr<Journal> journal)
    : core_(std::make_shared<Core>(scheduler, std::move(journal))) {}

DeliveryHub::~DeliveryHub() {
    ++core_->era;
    TaskGroup::abandon(core_->tasks);
}

void DeliveryHub::reset(HubOptions options) {
    ++core_->era;
    core_->tasks->cancel();
    core_->options = std::move(options);
    core_->subscribers.clear();
    core_->kept.clear();
    core_->kept_bytes = 0;
    core_->next_subscription = core_->next_delivery = core_->next_guid = 1;
    core_->delivery_step = 1;
}

void DeliveryHub::number_from(std::uint64_t first) {
    core_->next_delivery = first;
    core_->delivery_step = 2;
}

void DeliveryHub::deliver_over(transport::Transport* way) {
    core_->way = way;
}

Task<void> DeliveryHub::stop() {
    core_->tasks->cancel();
    co_await core_->tasks->join();
}

Task<void> DeliveryHub::settled() {
    co_await core_->tasks->join();
}

Result<std::string> DeliveryHub::subscribe(Subscription subscription) {
    if (core_->subscribers.size() >= subscriptions_max) {
        return fail(ErrorKind::invalid_argument, "there are 100 subscriptions already");
    }
    APILAB_CHECK(check_subscription(subscription, core_->options.anywhere));
    const auto id = std::to_string(core_->next_subscription++);
    subscription.id = id;
    subscription.created = subscription.updated = core_->scheduler.system_now();
    std::string challenge;
    if (subscription.from == "notion") {
        if (subscription.secret.empty()) {
            subscription.secret =
                Secret("secret_" + event_digits("notion", core_->options.seed, "token " + id));
        }
        challenge = subscription.secret.reveal();
    } else if (subscription.from == "slack") {
        challenge = event_digits("slack", core_->options.seed, "challenge " + id);
    }
    core_->subscribers.push_back({.now = subscription, .former = {}, .former_until = {}});
    if (!challenge.empty()) {
        auto body = handshake_body(subscription.from, challenge);
        Mail mail;
        mail.guid = core_->new_guid(subscription.from);
        mail.challenge = subscription.from == "slack" ? challenge : "token";
        mail.always = true;
        mail.event = {.from = subscription.from,
                      .type = std::move(body.type),
                      .action = {},
                      .scope = {},
                      .body = std::move(body.text)};
        core_->send(core_, subscription, std::move(mail));
    }
    return id;
}

Result<void> DeliveryHub::change(Subscription subscription) {
    Subscriber* subscriber = core_->lookup(subscription.id);
    if (subscriber == nullptr) {
        return bad_field("/id", "no such subscription");
    }
    APILAB_CHECK(check_subscription(subscription, core_->options.anywhere));
    const SystemTime now = core_->scheduler.system_now();
    if (!(subscription.secret == subscriber->now.secret) &&
        find_dialect(subscription.from)->overlaps) {
        subscriber->former = subscriber->now.secret;
        subscriber->former_until = now + overlap;
    }
    subscription.created = subscriber->now.created;
    subscription.updated = now;
    subscriber->now = std::move(subscription);
    return {};
}

bool DeliveryHub::unsubscribe(std::string_view id) {
    return std::erase_if(core_->subscribers,
                         [&](const Subscriber& each) { return each.now.id == id; }) > 0;
}

std::optional<Subscription> DeliveryHub::find(std::string_view id) const {
    const Subscriber* found = core_->lookup(id);
    return found == nullptr ? std::nullopt : std::optional(found->now);
}

std::vector<Subscription> DeliveryHub::subscriptions(std::string_view from,
                                                     std::string_view scope) const {
    std::vector<Subscription> all;
    for (const Subscriber& each : core_->subscribers) {
        if (concerns(each.now, from, scope)) {
            all.push_back(each.now);
        }
    }
    return all;
}

void DeliveryHub::emit(Event event) {
    if (core_->subscribers.empty() || find_dialect(event.from) == nullptr) {
        return;
    }
    std::vector<Subscription> to;
    for (const Subscriber& each : core_->subscribers) {
        if (each.now.active && concerns(each.now, event.from, event.scope) &&
            wants(each.now, event)) {
            to.push_back(each.now);
        }
    }
    if (to.empty()) {
        return;
    }
    const auto what = core_->options.mischief ? core_->options.mischief(event) : std::string();
    const Mail mail = core_->mail_of(std::move(event));
    for (std::size_t i = 0; i < to.size(); ++i) {
        Mail copy = mail;
        if (i > 0 && to[i].from == "github") {  // each hook has deliveries of its own
            copy.guid = core_->new_guid("github");
        }
        core_->send_with(core_, to[i], std::move(copy), what);
    }
}

void DeliveryHub::emit_to(std::string_view subscription, Event event) {
    if (const Subscriber* subscriber = core_->lookup(subscription)) {
        const Subscription to = subscriber->now;
        Mail mail = core_->mail_of(std::move(event));
        mail.always = true;
        core_->send(core_, to, std::move(mail));
    }
}

std::vector<DeliveryRecord> DeliveryHub::deliveries(std::string_view subscription) const {
    std::vector<DeliveryRecord> all;
    for (auto kept = core_->kept.rbegin(); kept != core_->kept.rend(); ++kept) {
        if (subscription.empty() || kept->record.subscription == subscription) {
            all.push_back(kept->record);
        }
    }
    return all;
}

std::optional<DeliveryRecord> DeliveryHub::delivery(std::string_view id) const {
    for (const Kept& kept : core_->kept) {
        if (kept.record.id == id) {
            return kept.record;
        }
    }
    return std::nullopt;
}

bool DeliveryHub::redeliver(std::string_view delivery) {
    for (const Kept& kept : core_->kept) {
        if (kept.record.id != delivery) {
            continue;
        }
        Mail mail;
        mail.event = {.from = kept.to.from,
                      .type = kept.record.event,
                      .action = kept.record.action,
                      .scope = {},
                      .body = kept.record.request_body};
        mail.guid = kept.record.guid;
        mail.copy = "redelivery";
        mail.always = true;
        const Subscription to = kept.to;
        core_->send(core_, to, std::move(mail));
        return true;
    }
    return false;
}

Result<std::string> DeliveryHub::trigger(Subscription to, Event event, std::string_view what) {
    APILAB_CHECK(check_subscription(to, core_->options.anywhere));
    if (!what.empty() && !is_mischief(what)) {
        return bad_field("/what", "expected one of " + mischief_names());
    }
    to.id.clear();
    event.from = to.from;
    Mail mail;
    if (event.body.empty()) {
        mail.guid = core_->new_guid(to.from);
        auto body = write_body({.from = to.from,
                                .seed = core_->options.seed,
                                .id = mail.guid,
                                .number = core_->next_guid,
                                .at = core_->scheduler.system_now()});
        event.type = std::move(body.type);
        event.action = std::move(body.action);
        event.body = std::move(body.text);
        mail.event = std::move(event);
    } else {
        mail = core_->mail_of(std::move(event));
    }
    const auto guid = mail.guid;
    core_->send_with(core_, to, std::move(mail), what);
    return guid;
}

}  // namespace apilab::sandbox::webhook
