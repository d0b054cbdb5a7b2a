#include "mailbox.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>

#include "apilab/auth/bearer_auth.hpp"
#include "glue.hpp"

namespace exercise {

using apilab::provider::Gmail;
using apilab::transport::send;
namespace auth = apilab::auth;
namespace data = apilab::data;

namespace {

// Keeps what is committed for as long as it lives; a database, in earnest.
class MemoryStore final : public data::SyncStore {
public:
    Result<std::optional<data::SyncState>> load() override { return state_; }
    Result<void> commit(const data::SyncCommit& commit) override {
        for (const auto& row : commit.rows) {
            rows_[row.key] = commit.state.generation;
        }
        if (commit.remove_stale) {
            std::erase_if(rows_,
                          [&](const auto& row) { return row.second != commit.state.generation; });
        }
        state_ = commit.state;
        return {};
    }
    Result<data::SyncCounts> count(std::uint64_t generation) override {
        const auto stale =
            std::ranges::count_if(rows_, [&](const auto& row) { return row.second != generation; });
        return data::SyncCounts{.rows = rows_.size(), .stale = static_cast<std::uint64_t>(stale)};
    }

private:
    std::optional<data::SyncState> state_;
    std::map<std::string, std::uint64_t> rows_;
};

}  // namespace

Mailbox mailbox_of(Lab& lab) {
    return {
        .consent = {.token_url = lab.get("/google/token").url(),
                    .client_id = std::string(secret_of(lab, "APILAB_GOOGLE_CLIENT_ID").reveal()),
                    .client_secret = secret_of(lab, "APILAB_GOOGLE_CLIENT_SECRET"),
                    .refresh_token = secret_of(lab, "APILAB_GOOGLE_REFRESH_TOKEN")},
        .gmail = Gmail({.base = lab.get("/google").url()})};
}

Task<bool> refresh(Lab& lab, Mailbox& mailbox) {
    const auto request = token_request(mailbox.consent, mailbox.consent.refresh_token);
    const auto answer = co_await send(lab.transport(), request);
    const auto fresh =
        answer ? apilab::auth::read_token_answer(*answer) : apilab::fail(answer.error());
    mailbox.token = fresh ? fresh->access_token : mailbox.token;
    mailbox.refused = fresh ? "" : fresh.error().provider_code();
    co_return fresh.has_value();
}

Request as_user(const Mailbox& mailbox, Request request) {
    request.header("authorization", "Bearer " + std::string(mailbox.token.reveal()));
    return request;
}

Task<Result<Response>> ask(Lab& lab, Mailbox& mailbox, Request request) {
    bool refreshed = false;
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await send(lab.transport(), as_user(mailbox, request));
        if (answer && answer->status() == 401 && !refreshed && co_await refresh(lab, mailbox)) {
            refreshed = true;
        } else if (answer && attempt < 5 && Gmail::passing(*answer)) {
            co_await lab.sleep(pause(lab, answer, attempt));
        } else {
            co_return answer;
        }
    }
}

Task<Walk> walk(Lab& lab, Mailbox& mailbox, std::function<Request(std::string_view)> page_of) {
    constexpr std::size_t pages_max = 1000;
    Walk all;
    std::string page;
    for (std::size_t count = 0; count < pages_max; ++count) {
        const auto answer = co_await ask(lab, mailbox, page_of(page));
        all.status = answer ? answer->status() : 0;
        auto told = Gmail::read(answer);
        std::ranges::move(told.ids, std::back_inserter(all.ids));
        all.history_id = told.history_id;
        page = told.next_page;
        if (page.empty()) {
            co_return all;
        }
    }
    throw CannotStart("the mailbox has more than 1000 pages");
}

struct UserMailbox::Parts {
    explicit Parts(Lab& lab)
        : tokens(lab.scheduler(), lab.client(), lab.rng(), mailbox_of(lab).consent),
          user(lab.client(), tokens, lab.get("/google").url().origin()),
          gmail({.client = &user, .base = lab.get("/google").url()}) {}
    auth::OAuth2TokenSource tokens;
    auth::BearerAuth user;
    Gmail gmail;
    MemoryStore store;
};

UserMailbox::UserMailbox(Lab& lab) : parts_(std::make_unique<Parts>(lab)) {}
UserMailbox::~UserMailbox() = default;
const Gmail& UserMailbox::gmail() const {
    return parts_->gmail;
}
data::SyncStore& UserMailbox::store() {
    return parts_->store;
}
Task<void> UserMailbox::close() {
    return parts_->tokens.close();
}

Task<void> keep_in_step(Lab& lab,
                        Task<Result<apilab::provider::GmailSyncReport>> (*sync)(UserMailbox&)) {
    UserMailbox mailbox(lab);
    Result<apilab::provider::GmailSyncReport> last;
    for (int round = 0; round < 12; ++round) {
        last = co_await sync(mailbox);
        co_await lab.sleep(std::chrono::seconds(2));
    }
    if (!last) {
        lab.show("  at last: " + last.error().to_string() + "\n");
    }
    co_await mailbox.close();
}

Task<void> keep_in_step(Lab& lab, Task<void> (*sync)(Lab&, Mailbox&)) {
    Mailbox mailbox = mailbox_of(lab);
    co_await refresh(lab, mailbox);
    for (int round = 0; round < 12; ++round) {
        co_await sync(lab, mailbox);
        co_await lab.sleep(std::chrono::seconds(2));
    }
    if (!mailbox.refused.empty()) {
        lab.show("  no token any more: " + mailbox.refused + "\n");
    }
}

}  // namespace exercise
