#include "apilab/transport/internal/fake_name_server.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace apilab::transport::internal {

namespace asio = boost::asio;
using runtime::Task;

namespace {

// RFC 1035 section 4.1.
constexpr std::size_t header_size = 12;
constexpr char type_a = 1;

// `api.test` from \3api\4test\0.
std::string name_in(std::string_view question) {
    std::string name;
    std::size_t at = header_size;
    while (at < question.size() && question[at] != 0) {
        const std::size_t length = static_cast<unsigned char>(question[at]);
        name += (name.empty() ? "" : ".") + std::string(question.substr(at + 1, length));
        at += length + 1;
    }
    return name;
}

}  // namespace

FakeNameServer::FakeNameServer(runtime::RealScheduler& scheduler, Names names, bool silent)
    : scheduler_(scheduler),
      names_(std::move(names)),
      silent_(silent),
      socket_(scheduler.io_context(), asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)),
      tasks_(scheduler) {
    tasks_.spawn(serve());
}

FakeNameServer::~FakeNameServer() {
    tasks_.cancel();
    runtime::run(scheduler_, tasks_.join());
}

std::string FakeNameServer::address() const {
    return fmt::format("127.0.0.1:{}", socket_.local_endpoint().port());
}

Task<void> FakeNameServer::serve() {
    std::array<char, 1024> bytes{};
    for (;;) {
        asio::ip::udp::endpoint from;
        const auto [error, size] = co_await socket_.async_receive_from(
            asio::buffer(bytes), from, asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return;
        }
        ++questions_;
        if (!silent_) {
            socket_.send_to(asio::buffer(answer({bytes.data(), size})), from);
        }
    }
}

std::string FakeNameServer::answer(std::string_view question) const {
    const std::string name = name_in(question);
    const std::size_t question_end = header_size + name.size() + 2 + 4;
    const bool asks_for_a = question[question_end - 3] == type_a;
    const auto known = names_.find(name);
    std::string reply(question.substr(0, question_end));
    reply[2] = '\x81';  // an answer; recursion was desired
    reply[3] = known == names_.end() ? '\x83' : '\x80';
    reply[8] = reply[9] = reply[10] = reply[11] = 0;
    const std::size_t count = known == names_.end() || !asks_for_a ? 0 : known->second.size();
    reply[7] = static_cast<char>(count);
    for (std::size_t i = 0; i < count; ++i) {
        reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
        for (const unsigned char byte : asio::ip::make_address_v4(known->second[i]).to_bytes()) {
            reply += static_cast<char>(byte);
        }
    }
    return reply;
}

}  // namespace apilab::transport::internal
