#include "apilab/server/internal/request_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cassert>
#include <utility>

namespace apilab::server::internal {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

std::string_view view(BeastView text) {
    return {text.data(), text.size()};
}

bool host_char(char c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alnum || std::string_view("-._~:[]%!$&'()*+,;=").contains(c);
}

constexpr Refusal bad_host{400, "the Host header is malformed"};
constexpr Refusal bad_target{400, "the request target is malformed"};
// What `http::Url` takes, less scheme and authority.
constexpr std::size_t target_bytes_max = 32000;

Refusal refusal_for(const error_code& error) {
    if (error == beast_http::error::header_limit) {
        return {431, "the header section is too large"};
    }
    if (error == beast_http::error::body_limit) {
        return {413, "the body is too large"};
    }
    if (error == beast_http::error::bad_content_length ||
        error == beast_http::error::multiple_content_length ||
        error == beast_http::error::bad_transfer_encoding) {
        return {400, "Content-Length and Transfer-Encoding are malformed or contradict each other"};
    }
    if (error == beast_http::error::bad_version) {
        return {400, "the request line's HTTP version is neither 1.0 nor 1.1"};
    }
    if (error == beast_http::error::bad_chunk || error == beast_http::error::bad_chunk_extension) {
        return {400, "the chunked body is malformed"};
    }
    return {400, "the request line or a header field is malformed"};
}

// A field that goes on in a line which begins with a space (RFC 9112 section 5.2): one reader joins
// the lines, another sees two fields.
bool folded(std::string_view head) {
    for (auto end = head.find('\n'); end != std::string_view::npos;
         end = head.find('\n', end + 1)) {
        if (end + 1 < head.size() && (head[end + 1] == ' ' || head[end + 1] == '\t')) {
            return true;
        }
    }
    return false;
}

// What one request says, collected from Beast's parser. A new one is made for every request.
class Parser final : public beast_http::basic_parser<true> {
public:
    explicit Parser(const ReaderLimits& limits) : header_count_max_(limits.header_count_max) {
        // Beast bounds each piece it is given; the reader bounds the sum.
        header_limit(
            static_cast<std::uint32_t>(std::min<std::size_t>(limits.header_bytes_max, UINT32_MAX)));
        body_limit(limits.body_bytes_max);
    }

    std::string method;
    std::string target;
    http::Headers headers;
    std::string host;
    int hosts = 0;
    std::string body;
    bool expects_continue = false;
    bool is_http10 = false;
    bool chunk_seen = false;
    std::optional<Refusal> refusal;

private:
    void refuse(Refusal why, error_code& error) {
        refusal = why;
        error = beast_http::error::bad_value;
    }

    void on_request_impl(beast_http::verb /*verb*/, BeastView name, BeastView request_target,
                         int version, error_code& /*error*/) override {
        method.assign(name.data(), name.size());
        target.assign(request_target.data(), request_target.size());
        is_http10 = version < 11;
    }

    void on_response_impl(int /*status*/, BeastView /*reason*/, int /*version*/,
                          error_code& /*error*/) override {}

    void on_field_impl(beast_http::field field, BeastView name, BeastView value,
                       error_code& error) override {
        if (++fields_ > header_count_max_) {
            return refuse({431, "there are too many header fields"}, error);
        }
        if (head_over_) {
            return;  // trailers: nothing here needs them (RFC 9110 section 6.5.1 lets us drop them)
        }
        switch (field) {
            case beast_http::field::host:
                ++hosts;
                host.assign(value.data(), value.size());
                break;
            case beast_http::field::expect:
                if (!http::iequals(view(value), "100-continue")) {
                    return refuse({417, "the only expectation known is 100-continue"}, error);
                }
                expects_continue = !is_http10;
                break;
            case beast_http::field::transfer_encoding:
                // Beast takes a request whose last coding is not `chunked` for one without a
                // body; another reader may not (request smuggling, RFC 9112 section 11.2).
                if (is_http10) {
                    return refuse({400, "HTTP/1.0 has no Transfer-Encoding"}, error);
                }
                if (!http::iequals(view(value), "chunked")) {
                    return refuse({501, "the only transfer coding known is chunked"}, error);
                }
                break;
            default:
                break;
        }
        headers.add(std::string(view(name)), std::string(view(value)));
    }

    void on_header_impl(error_code& /*error*/) override { head_over_ = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           error_code& /*error*/) override {
        // The peer's word alone does not get it memory.
        constexpr std::uint64_t at_once_max = 64 * 1024;
        body.reserve(static_cast<std::size_t>(std::min(length.value_or(0), at_once_max)));
    }
    std::size_t on_body_impl(BeastView bytes, error_code& /*error*/) override {
        body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t /*size*/, BeastView /*extensions*/,
                              error_code& /*error*/) override {
        chunk_seen = true;
    }
    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, BeastView bytes,
                                   error_code& /*error*/) override {
        body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(error_code& /*error*/) override {}

    std::size_t header_count_max_;
    std::size_t fields_ = 0;
    bool head_over_ = false;
};

}  // namespace

struct RequestReader::Impl {
    Impl(ReaderLimits l, std::string s, std::string authority)
        : limits(l), scheme(std::move(s)), fallback_authority(std::move(authority)) {
        parser.emplace(limits);
    }

    ReaderLimits limits;
    std::string scheme;
    std::string fallback_authority;
    std::optional<Parser> parser;
    State state = State::idle;
    Refusal refusal;
    std::optional<http::Url> url;
    bool continue_due = false;
    std::size_t head_bytes = 0;
    std::size_t body_wire_bytes = 0;
    // Read and not yet understood: the start of a line, or of the next request.
    std::string pending;

    void refuse(Refusal why) {
        refusal = why;
        state = State::refused;
    }
    std::size_t parse(std::string_view bytes);
    std::size_t step(std::string_view bytes, bool& more);
    void count_head(std::size_t consumed, std::size_t unfinished);
    void count_body(std::size_t consumed, std::size_t content, std::size_t unfinished);
    void finish_head();
    void build_url();
};

// Empty lines before a request line are skipped (RFC 9112 section 2.2), as a few old clients send
// them after a body.
std::size_t RequestReader::Impl::parse(std::string_view bytes) {
    std::size_t consumed = 0;
    if (state == State::idle) {
        while (bytes.substr(consumed).starts_with("\r\n")) {
            consumed += 2;
        }
        head_bytes += consumed;
        if (consumed == bytes.size()) {
            if (head_bytes > limits.header_bytes_max) {
                refuse({431, "the header section is too large"});
            }
            return consumed;
        }
        if (bytes.substr(consumed) == "\r") {
            return consumed;
        }
        state = State::head;
    }
    bool more = consumed < bytes.size();
    while (more && (state == State::head || state == State::body)) {
        consumed += step(bytes.substr(consumed), more);
        more = more && consumed < bytes.size();
    }
    return consumed;
}

std::size_t RequestReader::Impl::step(std::string_view bytes, bool& more) {
    // Beast asserts that the shortest chunked body, `0 CR LF CR LF`, is there when it looks at the
    // last chunk for the second time; byte by byte it is not.
    constexpr std::size_t shortest_chunked = 5;
    if (state == State::body && parser->chunked() && !parser->chunk_seen &&
        bytes.size() < shortest_chunked) {
        more = false;
        return 0;
    }
    const std::size_t body_before = parser->body.size();
    error_code error;
    const std::size_t consumed =
        parser->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    more = error != beast_http::error::need_more;
    if (error && more) {
        refuse(parser->refusal.value_or(refusal_for(error)));
        return consumed;
    }
    // Only what Beast waits to see the end of; behind a finished element may stand anything.
    const std::size_t unfinished = more ? 0 : bytes.size() - consumed;
    if (state == State::head) {
        count_head(consumed, unfinished);
        if (folded(bytes.substr(0, consumed))) {
            refuse({400, "a header field goes on in the next line"});
        }
    } else {
        count_body(consumed, parser->body.size() - body_before, unfinished);
    }
    if (state == State::refused) {
        return consumed;
    }
    if (state == State::head && parser->is_header_done()) {
        finish_head();
        continue_due = continue_due && bytes.size() == consumed;
    }
    if (state == State::body && parser->is_done()) {
        state = State::complete;
    }
    return consumed;
}

// Beast forgets what it has taken, so a header section that arrives line by line would have no
// bound.
void RequestReader::Impl::count_head(std::size_t consumed, std::size_t unfinished) {
    head_bytes += consumed;
    if (head_bytes + unfinished > limits.header_bytes_max) {
        refuse({431, "the header section is too large"});
    }
}

// The same holds for chunk headers, their extensions and the trailers.
void RequestReader::Impl::count_body(std::size_t consumed, std::size_t content,
                                     std::size_t unfinished) {
    body_wire_bytes += consumed;
    // A one-byte chunk takes six bytes; what needs more than eight per byte is an attack.
    const std::size_t wire_max = 8 * parser->body.size() + limits.header_bytes_max;
    const std::size_t framing = std::max(consumed - content, unfinished);
    if (body_wire_bytes > wire_max || framing > limits.header_bytes_max) {
        refuse({413, "the body's framing is too large"});
    }
}

void RequestReader::Impl::finish_head() {
    build_url();
    if (state == State::refused) {
        return;
    }
    state = State::body;
    continue_due = parser->expects_continue && !parser->is_done();
}

// RFC 9112 section 3.3. An absolute target wins over Host.
void RequestReader::Impl::build_url() {
    const Parser& head = *parser;
    if (head.hosts > 1) {
        return refuse({400, "there is more than one Host header"});
    }
    if (head.hosts == 0 && !head.is_http10) {
        return refuse({400, "the Host header is missing"});
    }
    const std::string& authority = head.hosts == 0 ? fallback_authority : head.host;
    if (authority.empty() || !std::ranges::all_of(authority, host_char)) {
        return refuse(bad_host);
    }
    if (head.target.size() > target_bytes_max) {
        return refuse({414, "the request target is too long"});
    }
    const std::string base = scheme + "://" + authority;
    const bool path = head.target.starts_with('/');
    const bool server_wide = head.target == "*" && head.method == "OPTIONS";
    auto parsed = http::Url::parse(path ? base + head.target : base);
    if (!parsed) {
        return refuse(path && http::Url::parse(base) ? bad_target : bad_host);
    }
    if (!path && !server_wide) {
        parsed = http::Url::parse(head.target);
    }
    if (!parsed || head.target.contains('#')) {
        return refuse(bad_target);
    }
    url = *std::move(parsed);
}

RequestReader::RequestReader(ReaderLimits limits, std::string scheme,
                             std::string fallback_authority)
    : impl_(std::make_unique<Impl>(limits, std::move(scheme), std::move(fallback_authority))) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::feed(std::string_view bytes) {
    auto& pending = impl_->pending;
    if (impl_->state == State::complete || impl_->state == State::refused) {
        pending.append(bytes);
        return impl_->state;
    }
    if (pending.empty()) {
        const std::size_t consumed = impl_->parse(bytes);
        pending.assign(bytes.substr(consumed));
    } else {
        pending.append(bytes);
        const std::size_t consumed = impl_->parse(pending);
        pending.erase(0, consumed);
    }
    return impl_->state;
}

RequestReader::State RequestReader::state() const {
    return impl_->state;
}

bool RequestReader::take_continue() {
    return std::exchange(impl_->continue_due, false) && impl_->state == State::body;
}

const Refusal& RequestReader::refusal() const {
    return impl_->refusal;
}

http::Request RequestReader::take() {
    assert(impl_->state == State::complete);
    Parser& parser = *impl_->parser;
    http::Request request(std::move(parser.method), *std::move(impl_->url));
    request.headers() = std::move(parser.headers);
    request.body(std::move(parser.body));
    return request;
}

bool RequestReader::keep_alive() const {
    return impl_->state == State::complete && impl_->parser->keep_alive();
}

bool RequestReader::http10() const {
    return impl_->parser->is_http10;
}

RequestReader::State RequestReader::next() {
    assert(impl_->state == State::complete);
    impl_->parser.emplace(impl_->limits);
    impl_->state = State::idle;
    impl_->url.reset();
    impl_->continue_due = false;
    impl_->head_bytes = 0;
    impl_->body_wire_bytes = 0;
    if (impl_->pending.empty()) {
        return State::idle;
    }
    const std::size_t consumed = impl_->parse(impl_->pending);
    impl_->pending.erase(0, consumed);
    return impl_->state;
}

}  // namespace apilab::server::internal
