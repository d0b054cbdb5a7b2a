#include <fmt/format.h>

#include <optional>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/curl_transport.hpp"
#include "apilab/transport/internal/raw_peer.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

using transport::internal::RawPeer;
using Fault = Behaviour::Fault;
using Then = RawPeer::Then;

// The answer's bytes, written here by hand: nothing of the code under test made them.
std::string head_of(const http::Response& response) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status(), response.reason());
    for (const auto& [name, value] : response.headers()) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    if (response.status() != 204) {
        head += fmt::format("content-length: {}\r\n", response.body().size());
    }
    return head + "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n";
}

RawPeer::Reply reply_of(const Behaviour& behaviour) {
    const std::string head = head_of(behaviour.response);
    const std::string whole = head + behaviour.response.body();
    switch (behaviour.fault) {
        case Fault::none:
            return {whole};
        case Fault::reset_before:
            return {"", Then::reset};
        case Fault::reset_in_head:
            return {head.substr(0, head.size() / 2), Then::reset};
        case Fault::reset_in_body:
            return {whole.substr(0, whole.size() - 1), Then::reset};
        case Fault::close_before:
            return {"", Then::fin};
        case Fault::truncate:
            return {whole.substr(0, whole.size() - 1), Then::fin};
        case Fault::silence:
            return {"", Then::hang};
        case Fault::stall_in_head:
            return {head.substr(0, head.size() / 2), Then::hang};
        case Fault::stall_in_body:
            return {whole.substr(0, whole.size() - 1), Then::hang};
        case Fault::close_after:
            return {whole, Then::fin};
    }
    return {};
}

std::vector<RawPeer::Reply> replies_of(const std::vector<Behaviour>& behaviours) {
    std::vector<RawPeer::Reply> replies;
    replies.reserve(behaviours.size());
    for (const auto& behaviour : behaviours) {
        replies.push_back(reply_of(behaviour));
    }
    return replies;
}

// A request as the peer read it; headers in lower case are what our transport writes.
http::Request parse(const RawPeer::Seen& seen, const RawPeer& peer) {
    const auto line_end = seen.head.find("\r\n");
    const std::string line = seen.head.substr(0, line_end);
    const auto first = line.find(' ');
    const auto second = line.rfind(' ');
    http::Request request(line.substr(0, first),
                          *http::Url::parse(peer.url(line.substr(first + 1, second - first - 1))));
    for (auto at = line_end + 2; at + 2 < seen.head.size();) {
        const auto end = seen.head.find("\r\n", at);
        const auto colon = seen.head.find(": ", at);
        request.headers().add(seen.head.substr(at, colon - at),
                              seen.head.substr(colon + 2, end - colon - 2));
        at = end + 2;
    }
    request.body(seen.body);
    return request;
}

template <class Tested>
class AgainstBytes final : public Subject {
public:
    explicit AgainstBytes(const std::vector<Behaviour>& behaviours)
        : peer_(scheduler_, replies_of(behaviours)) {
        transport_.emplace(scheduler_);
    }
    runtime::Scheduler& scheduler() override { return scheduler_; }
    transport::Transport& transport() override { return *transport_; }
    http::Url url(std::string_view target) override { return *http::Url::parse(peer_.url(target)); }
    [[nodiscard]] const std::vector<http::Request>& seen() const override {
        seen_.clear();
        for (const auto& seen : peer_.seen()) {
            seen_.push_back(parse(seen, peer_));
        }
        return seen_;
    }
    std::size_t in_use() override { return used(transport_->stats()); }
    void destroy_transport() override { transport_.reset(); }

private:
    runtime::RealScheduler scheduler_;
    RawPeer peer_;
    std::optional<Tested> transport_;
    mutable std::vector<http::Request> seen_;
};

}  // namespace

Implementation asio_against_scripted_bytes() {
    return {.name = "AsioAgainstScriptedBytes",
            .make = [](const std::vector<Behaviour>& behaviours) {
                return std::make_unique<AgainstBytes<transport::AsioTransport>>(behaviours);
            }};
}

Implementation curl_against_scripted_bytes() {
    return {.name = "CurlAgainstScriptedBytes",
            .make =
                [](const std::vector<Behaviour>& behaviours) {
                    return std::make_unique<AgainstBytes<transport::CurlTransport>>(behaviours);
                },
            .steps_after_the_answer = 3};
}

}  // namespace apilab::contract
