// What the sandbox asks of the program under test. Single attempts: a sender of webhooks has a
// schedule of its own, and a visitor does not try again.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/secret_watch.hpp"
#include "apilab/sandbox/internal/visits.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/ledger.hpp"
#include "apilab/sandbox/webhook/sender.hpp"

namespace apilab::sandbox {

using runtime::Task;

namespace {

constexpr std::size_t body_max = 16 * 1024;

// Each visit has an id, which a service passes on with what it asks of others on that visit's
// account: so the judge knows what was done for whom.
Task<void> ask_once(Sandbox& sandbox, transport::Transport& way, http::Request request,
                    Duration patience, std::string id) {
    request.header("x-request-id", id);
    Outbound outbound{.from = "visitor"};
    outbound.facts.emplace("request_id", std::move(id));
    (void)co_await sandbox.call_out(way, std::move(request), patience, std::move(outbound));
}

Task<void> visit(Sandbox& sandbox, transport::Transport& way, http::Url base, Visitor visitor,
                 std::size_t number) {
    auto& scheduler = sandbox.scheduler();
    const auto mark = std::min(visitor.path.find('?'), visitor.path.size());
    const auto query = visitor.path.substr(std::min(mark + 1, visitor.path.size()));
    const http::Request request(visitor.method, base.with(visitor.path.substr(0, mark), query));
    const SteadyTime first = scheduler.now() + visitor.after;
    runtime::TaskGroup under_way(scheduler);
    for (std::uint64_t i = 0; i < visitor.count; ++i) {
        if (!co_await scheduler.sleep_until(first + visitor.every * static_cast<std::int64_t>(i))) {
            break;
        }
        under_way.spawn(ask_once(sandbox, way, request, visitor.patience,
                                 fmt::format("visit-{}-{}", number, i + 1)));
    }
    co_await under_way.join_or_cancel();
}

}  // namespace

Task<Result<http::Response>> Sandbox::call_out(transport::Transport& way, http::Request request,
                                               Duration patience, Outbound outbound) {
    outbound.method = request.method();
    outbound.path = request.url().path();
    outbound.sent = scheduler_.now();
    const auto seq = journal_->add_outbound(std::move(outbound));
    runtime::CallContext context;
    context.timeouts = {.first_byte = patience, .idle = patience, .attempt = patience};
    auto answer = co_await way.call(std::move(request), std::move(context));
    if (Outbound* row = journal_->find_outbound(seq)) {
        row->finished = scheduler_.now();
        row->status = answer ? answer->status() : 0;
        row->error = answer ? "" : answer.error().message();
        row->body = answer ? answer->body().substr(0, body_max) : "";
        journal_->tell_watchers();
    }
    co_return answer;
}

Task<void> Sandbox::play_world(transport::Transport& way, http::Url base) {
    runtime::TaskGroup callers(scheduler_);
    std::size_t number = 0;
    for (const Visitor& visitor : scenario_.visitors) {
        callers.spawn(visit(*this, way, base, visitor, ++number));
    }
    for (const Webhooks& webhooks : scenario_.webhooks) {
        callers.spawn(webhook::play(*this, way, base, webhooks));
    }
    co_await callers.join_or_cancel();
}

void Sandbox::note_outbound(Outbound outbound) {
    outbound.sent = scheduler_.now();
    outbound.finished = scheduler_.now();
    journal_->add_outbound(std::move(outbound));
}

Result<void> Sandbox::hand_in(std::string name, std::string text) {
    constexpr std::size_t text_max = std::size_t{16} << 20U;
    constexpr std::size_t names_max = 16;
    if (text.size() > text_max || (handed_in_.size() >= names_max && !handed_in_.contains(name))) {
        return fail(ErrorKind::too_large, "at most 16 texts of 16 MiB are taken for one run");
    }
    handed_in_.insert_or_assign(std::move(name), std::move(text));
    return {};
}

std::vector<std::string> Sandbox::leaked_in() const {
    std::vector<std::string> names;
    for (const auto& [name, text] : handed_in_) {
        if (secrets_->in_text(text)) {
            names.push_back(name);
        }
    }
    return names;
}

std::map<std::string, std::int64_t> Sandbox::numbers() const {
    std::map<std::string, std::int64_t> all;
    for (const Mount& mount : mounts_) {
        for (const auto& [name, value] : mount.provider->numbers()) {
            all[name] += value;
        }
    }
    std::set<std::uint64_t> connections;
    std::set<std::string> places;
    for (const Exchange& row : journal_->rows()) {
        connections.insert(row.connection);
        if (const auto found = row.facts.find("secret_in"); found != row.facts.end()) {
            places.insert(found->second);
        }
    }
    connections.erase(0);  // no socket
    all.emplace("connections", connections.size());
    all.emplace("places with a secret", places.size() + leaked_in().size());
    all.merge(webhook::Ledger::read(journal_->outbound(), journal_->rows()).numbers());
    const auto& asked = journal_->outbound();
    const auto visits = std::ranges::count(asked, "visitor", &Outbound::from);
    if (visits > 0) {
        all["visits"] = visits;
        all["visits lost"] = std::ranges::count_if(asked, [](const Outbound& row) {
            return row.from == "visitor" && (row.status == 0 || row.status >= 500);
        });
    }
    all.merge(internal::visit_numbers(*journal_));
    all.merge(internal::checklist_numbers(handed_in_));
    all["429s"] = std::ranges::count(journal_->rows(), 429, &Exchange::status);
    return all;
}

}  // namespace apilab::sandbox
