#pragma once

// Test support: a name server that says what a test wants, or nothing.

#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::transport::internal {

/// Answers questions for IPv4 addresses over UDP on a free port of 127.0.0.1. A name that it does
/// not know does not exist; a silent one answers nothing at all.
class FakeNameServer {
public:
    using Names = std::map<std::string, std::vector<std::string>>;
    FakeNameServer(runtime::RealScheduler& scheduler, Names names, bool silent = false);
    FakeNameServer(const FakeNameServer&) = delete;
    FakeNameServer& operator=(const FakeNameServer&) = delete;
    ~FakeNameServer();

    /// What `AsioTransportOptions::name_servers` takes.
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::size_t questions() const { return questions_; }

private:
    [[nodiscard]] runtime::Task<void> serve();
    [[nodiscard]] std::string answer(std::string_view question) const;

    runtime::RealScheduler& scheduler_;
    Names names_;
    bool silent_;
    std::size_t questions_ = 0;
    boost::asio::ip::udp::socket socket_;
    runtime::TaskGroup tasks_;
};

}  // namespace apilab::transport::internal
