#include "apilab/sandbox/journal.hpp"

#include <algorithm>
#include <array>

#include "apilab/base/secret.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/internal/meaning.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {

namespace {

constexpr std::size_t header_value_max = 512;
constexpr std::size_t headers_max = 64;
constexpr std::size_t text_max = 2048;
constexpr std::size_t headers_shared_max = 64;
constexpr std::size_t fact_bytes = 96;  // a node of the map with two strings

constexpr std::array<std::string_view, 10> secret_headers = {
    "authorization", "proxy-authorization", "cookie",         "set-cookie", "x-api-key",
    "api-key",       "private-token",       "x-gitlab-token", "npm-otp",    "x-auth-token"};

constexpr std::array<std::string_view, 14> secret_params = {
    "access_token", "token",           "refresh_token", "id_token", "client_secret", "code",
    "api_key",      "apikey",          "key",           "password", "secret",        "assertion",
    "signature",    "client_assertion"};

std::string shorten(std::string_view text, std::size_t max) {
    return std::string(text.substr(0, max)) + (text.size() > max ? "..." : "");
}

// `Bearer abc` keeps its scheme: which kind of credential was used is no secret.
std::string fingerprint(std::string_view value) {
    const auto space = value.find(' ');
    const bool scheme = space != std::string_view::npos && space > 0 && space <= 16;
    const auto secret = scheme ? value.substr(space + 1) : value;
    return (scheme ? std::string(value.substr(0, space + 1)) : std::string()) +
           "fp:" + Secret(std::string(secret)).fingerprint();
}

// The names stay: which cookie went where is what a judge has to know.
std::string masked_cookies(std::string_view value) {
    std::string masked;
    while (!value.empty()) {
        auto pair = value.substr(0, value.find(';'));
        value.remove_prefix(std::min(pair.size() + 1, value.size()));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        const auto equals = pair.find('=');
        masked += masked.empty() ? "" : "; ";
        masked += equals == std::string_view::npos ? fingerprint(pair)
                                                   : shorten(pair.substr(0, equals), 64) + "=" +
                                                         fingerprint(pair.substr(equals + 1));
    }
    return shorten(masked, header_value_max);
}

// What a row keeps of a header's value.
std::string kept_value(std::string_view name, std::string_view value) {
    if (http::iequals(name, "cookie")) {
        return masked_cookies(value);
    }
    return secret_header(name) ? fingerprint(value) : shorten(value, header_value_max);
}

std::string masked_query(std::string_view query) {
    std::string masked;
    for (const auto& [name, value] : split_query(query)) {
        const bool secret = std::ranges::any_of(
            secret_params, [&](std::string_view known) { return http::iequals(known, name); });
        masked += masked.empty() ? "" : "&";
        masked += http::percent_encode(name) + "=" +
                  (secret ? fingerprint(value) : http::percent_encode(value));
    }
    return masked;
}

std::string identity_of(const http::Request& request, std::string_view path,
                        std::string_view body_hash) {
    auto params = split_query(request.url().query());
    std::ranges::sort(params);
    std::string text = request.method() + " " + std::string(path);
    for (const auto& [name, value] : params) {
        text += "&" + http::percent_encode(name) + "=" + http::percent_encode(value);
    }
    text += "#";
    text += body_hash;
    return internal::sha256_hex(text).substr(0, 32);
}

// Rows lie in the order of their numbers; the numbers have gaps.
template <class Row>
Row* find_in(std::deque<Row>& rows, std::uint64_t seq) {
    const auto found = std::ranges::lower_bound(rows, seq, {}, &Row::seq);
    return found == rows.end() || found->seq != seq ? nullptr : &*found;
}

std::size_t weight(const Exchange& row) {
    std::size_t bytes = sizeof(Exchange) + row.path.size() + row.query.size() +
                        row.identity.size() + row.idempotency_key.size() + row.body_sha256.size() +
                        row.meaning.size();
    bytes += row.headers_bytes;
    for (const auto& hit : row.faults) {
        bytes += sizeof(hit) + hit.kind.size();
    }
    for (const auto& [name, value] : row.facts) {
        bytes += fact_bytes + name.size() + value.size();
    }
    return bytes;
}

}  // namespace

std::optional<SteadyTime> Exchange::not_before() const {
    if (announced_until) {
        return announced_until;
    }
    if (announced && finished) {
        return *finished + *announced;
    }
    return std::nullopt;
}

bool secret_header(std::string_view name) {
    return std::ranges::any_of(secret_headers,
                               [&](std::string_view known) { return http::iequals(known, name); });
}

std::string_view to_string(Exchange::Decision decision) {
    switch (decision) {
        case Exchange::Decision::served:
            return "served";
        case Exchange::Decision::fault:
            return "fault";
        case Exchange::Decision::unsupported:
            return "unsupported";
    }
    return "unknown";
}

std::string_view to_string(ConnectionEvent::Kind kind) {
    switch (kind) {
        case ConnectionEvent::Kind::accepted:
            return "accepted";
        case ConnectionEvent::Kind::tls:
            return "tls";
        case ConnectionEvent::Kind::tls_failed:
            return "tls_failed";
        case ConnectionEvent::Kind::closed:
            return "closed";
    }
    return "unknown";
}

void Journal::start(SteadyTime now, SystemTime system_now) {
    rows_.clear();
    outbound_.clear();
    events_.clear();
    recent_headers_.clear();
    bytes_ = 0;
    dropped_ = 0;
    lost_until_ = 0;
    started_ = now;
    system_started_ = system_now;
    tell_watchers();
}

void Journal::set_limits(Limits limits) {
    limits_ = limits;
    trim();
}

std::uint64_t Journal::watch(std::function<void()> changed) {
    watchers_.emplace(++watches_, std::move(changed));
    return watches_;
}

void Journal::unwatch(std::uint64_t number) {
    watchers_.erase(number);
}

void Journal::tell_watchers() const {
    for (const auto& [number, changed] : watchers_) {
        changed();
    }
}

void Journal::trim() {
    while (rows_.size() > 1 && (rows_.size() > limits_.rows_max || bytes_ > limits_.bytes_max)) {
        bytes_ -= std::min(bytes_, weight(rows_.front()));
        lost_until_ = std::max(lost_until_, rows_.front().seq);
        rows_.pop_front();
        ++dropped_;
    }
}

std::uint64_t Journal::add(Exchange exchange) {
    exchange.seq = next_seq_++;
    bytes_ += weight(exchange);
    rows_.push_back(std::move(exchange));
    trim();
    return rows_.back().seq;
}

Exchange* Journal::find(std::uint64_t seq) {
    return find_in(rows_, seq);
}

void Journal::keep_facts(std::uint64_t seq, std::map<std::string, std::string> facts) {
    if (Exchange* row = find(seq)) {
        bytes_ -= std::min(bytes_, weight(*row));
        row->facts = std::move(facts);
        bytes_ += weight(*row);
    }
}

std::uint64_t Journal::add_outbound(Outbound outbound) {
    outbound.seq = next_seq_++;
    outbound_.push_back(std::move(outbound));
    if (outbound_.size() > limits_.rows_max) {
        lost_until_ = std::max(lost_until_, outbound_.front().seq);
        outbound_.pop_front();
        ++dropped_;
    }
    return outbound_.back().seq;
}

std::uint64_t Journal::add_event(ConnectionEvent event) {
    event.seq = next_seq_++;
    events_.push_back(std::move(event));
    if (events_.size() > limits_.events_max) {
        lost_until_ = std::max(lost_until_, events_.front().seq);
        events_.pop_front();
    }
    tell_watchers();
    return events_.back().seq;
}

Outbound* Journal::find_outbound(std::uint64_t seq) {
    return find_in(outbound_, seq);
}

void Journal::finish(std::uint64_t seq, const http::WireResult& result) {
    Exchange* row = find(seq);
    if (row == nullptr || row->finished) {
        return;
    }
    row->finished = result.finished;
    row->bytes_out = result.bytes_sent;
    row->peer_closed = result.peer_closed;
    row->cut = result.cut_by_plan;
    row->gave_up = result.gave_up;
    tell_watchers();
}

void Journal::keep_headers(const http::Headers& headers, Exchange& row) {
    http::Headers kept;
    for (const auto& [name, value] : headers) {
        if (kept.size() == headers_max) {
            break;
        }
        // Traces and keys differ in every request; sharing would never succeed with them, and the
        // key has a field of its own.
        if (!http::iequals(name, "idempotency-key") && !http::iequals(name, "content-length")) {
            kept.add(name, kept_value(name, value));
        }
    }
    for (const auto& known : recent_headers_) {
        if (*known == kept) {
            row.headers = known;
            return;
        }
    }
    if (recent_headers_.size() == headers_shared_max) {
        recent_headers_.pop_front();
    }
    for (const auto& [name, value] : kept) {
        row.headers_bytes += sizeof(http::Headers::Field) + name.size() + value.size();
    }
    row.headers = std::make_shared<const http::Headers>(std::move(kept));
    recent_headers_.push_back(row.headers);
}

Exchange describe_request(const http::Request& request, std::string_view path,
                          const runtime::CallContext& context, SteadyTime now, Journal& journal) {
    Exchange row;
    if (context.inbound) {
        row.connection = context.inbound->connection;
        row.request_on_connection = context.inbound->request_on_connection;
        row.peer = context.inbound->peer_address;
        row.tls = context.inbound->tls;
        row.first_byte = context.inbound->first_byte;
        row.complete = context.inbound->complete;
    } else {
        row.first_byte = now;
        row.complete = now;
    }
    row.method = shorten(request.method(), 32);
    row.path = shorten(path, text_max);
    row.query = shorten(masked_query(request.url().query()), text_max);
    if (!request.body().empty()) {
        row.body_sha256 = internal::sha256_hex(request.body());
        row.meaning =
            request.method() == "POST" ? internal::meaning_sha256(request.body()) : std::string();
    }
    row.bytes_in = request.body().size();
    row.idempotency_key = shorten(request.headers().value("idempotency-key"), 256);
    row.identity = identity_of(request, path, row.body_sha256);
    journal.keep_headers(request.headers(), row);
    return row;
}

}  // namespace apilab::sandbox
