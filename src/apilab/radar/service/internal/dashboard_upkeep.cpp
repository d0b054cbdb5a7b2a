#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/http/json.hpp"
#include "apilab/policy/circuit_breaker.hpp"
#include "apilab/policy/rate_limiter.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;

namespace {

template <class T>
json::value or_null(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

json::object limit_object(const policy::RateLimiter::Snapshot& limit) {
    json::object out;
    out["origin"] = limit.origin;
    out["provider"] = limit.provider;
    out["bucket"] = limit.bucket;
    out["quota"] = limit.quota.limits() ? limit.quota.describe() : std::string();
    out["free"] = or_null(limit.free);
    out["permits"] = limit.quota.permits;
    out["burst"] = limit.quota.burst;
    out["limit"] = or_null(limit.limit);
    out["remaining"] = or_null(limit.remaining);
    out["reset_ms"] = limit.reset_in ? json::value(ms_of(*limit.reset_in)) : json::value(nullptr);
    out["waiting"] = limit.waiting;
    out["under_way"] = limit.under_way;
    out["frozen_ms"] = ms_of(limit.frozen);
    return out;
}

json::object breaker_object(const policy::CircuitBreaker::Snapshot& breaker) {
    json::object out;
    out["origin"] = breaker.origin;
    out["provider"] = breaker.provider;
    out["operation"] = breaker.operation;
    out["state"] = to_string(breaker.state);
    out["reason"] = breaker.reason;
    out["probe_ms"] = ms_of(breaker.probe_in);
    out["calls"] = breaker.calls;
    out["failures"] = breaker.failures;
    return out;
}

class Credentials {
public:
    explicit Credentials(const CallHistory& history) : history_(history) {}

    /// One that stays as it was configured.
    void add(std::string_view name, std::string_view kind, const Secret& secret,
             std::string_view note) {
        auto out = begin(name, kind, note);
        out["state"] = secret.empty() ? "none" : "set";
        out["fingerprint"] = secret.empty() ? std::string() : secret.fingerprint();
        list_.push_back(std::move(out));
    }
    void add(std::string_view name, const auth::CredentialStatus& status, std::string_view note) {
        auto out = begin(name, "renewed by itself", note);
        out["state"] = to_string(status.state);
        out["fingerprint"] = status.fingerprint;
        out["left_ms"] = status.left ? json::value(ms_of(*status.left)) : json::value(nullptr);
        out["generation"] = status.generation;
        out["renewing"] = status.renewing;
        list_.push_back(std::move(out));
    }
    [[nodiscard]] json::array list() && { return std::move(list_); }

private:
    [[nodiscard]] json::object begin(std::string_view name, std::string_view kind,
                                     std::string_view note) const {
        json::object out{{"name", name}, {"kind", kind}, {"note", note}};
        std::optional<SystemTime> good;
        std::optional<SystemTime> refused;
        for (const auto& entry : history_.calls()) {
            const auto& record = entry.story.record;
            if (record.provider == name && !record.error && record.status < 400) {
                good = entry.story.started;
            }
            if (record.provider == name &&
                (record.status == 401 || record.error == ErrorKind::auth)) {
                refused = entry.story.started;
            }
        }
        out["last_good"] = time_or_null(good);
        out["last_refused"] = time_or_null(refused);
        return out;
    }

    const CallHistory& history_;
    json::array list_;
};

}  // namespace

Task get_limits(DashboardContext* context, ApiCall /*call*/) {
    json::array limits;
    for (const auto& limit : context->parts.client.limits()) {
        limits.push_back(limit_object(limit));
    }
    json::object out;
    out["limits"] = std::move(limits);
    co_return out;
}

Task get_breakers(DashboardContext* context, ApiCall /*call*/) {
    json::array breakers;
    for (const auto& breaker : context->parts.client.breakers()) {
        breakers.push_back(breaker_object(breaker));
    }
    json::object out;
    out["breakers"] = std::move(breakers);
    co_return out;
}

Task get_tokens(DashboardContext* context, ApiCall /*call*/) {
    const auto& parts = context->parts;
    const Config& config = parts.config;
    Credentials credentials(parts.calls);
    credentials.add("github", "token", config.github_token.value_or(Secret()),
                    "without one: 60 calls an hour");
    if (config.slack) {
        credentials.add("slack", "token", config.slack->token, "a bot's token does not end");
    }
    if (config.notion) {
        credentials.add("notion", "token", config.notion->token, "an integration's: does not end");
    }
    if (parts.gmail_tokens != nullptr) {
        credentials.add("gmail", parts.gmail_tokens->status(),
                        "needs_consent: the person has to consent again; in Google's testing mode "
                        "after 7 days");
    }
    for (const auto& source : config.webhooks) {
        for (const auto& secret : source.secrets) {
            credentials.add(
                source.sender + " webhooks", "signing secret", secret,
                source.secrets.size() > 1 ? "one of several: rotation is under way" : "");
        }
    }
    json::object out;
    out["tokens"] = std::move(credentials).list();
    co_return out;
}

Task get_drift(DashboardContext* context, ApiCall /*call*/) {
    json::array rows;
    const auto* drift = context->options.drift;
    if (drift != nullptr) {
        for (const auto& row : drift->rows()) {
            const bool harmless =
                row.kind == data::DriftKind::new_field || row.kind == data::DriftKind::unknown_enum;
            rows.push_back(json::object{{"operation", row.operation},
                                        {"kind", to_string(row.kind)},
                                        {"pattern", row.pattern},
                                        {"count", row.count},
                                        {"documents", drift->documents(row.operation)},
                                        {"level", harmless ? "note" : "breaks"}});
        }
    }
    json::object out;
    out["counted"] = drift != nullptr;
    out["drift"] = std::move(rows);
    co_return out;
}

Task get_audit(DashboardContext* context, ApiCall call) {
    const auto limit = number_of(call, "limit", 50, 1, 200);
    if (!limit) {
        co_return std::unexpected(limit.error());
    }
    const std::string after(call.text("after").substr(0, 255));
    co_return co_await in_store<json::object>(
        context,
        [after,
         limit = static_cast<std::size_t>(*limit)](work::Store& store) -> Result<json::object> {
            APILAB_TRY(const auto documents, store.documents("audit", after, limit));
            json::array entries;
            for (const auto& document : documents) {
                json::object one{{"key", document.key}};
                if (const auto entry = http::JsonDocument::parse(document.body)) {
                    for (const auto& [name, value] : entry->root().members()) {
                        one[name] = value.string_or("");
                    }
                }
                entries.push_back(std::move(one));
            }
            json::object out;
            out["entries"] = std::move(entries);
            out["more"] = documents.size() == limit;
            return out;
        });
}

}  // namespace apilab::radar::internal
