#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/runtime/context.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/server/internal/channel.hpp"
#include "apilab/server/internal/core.hpp"
#include "apilab/server/internal/misframe.hpp"
#include "apilab/server/internal/request_reader.hpp"
#include "apilab/server/internal/response_head.hpp"
#include "apilab/server/internal/wire_report.hpp"

namespace apilab::server::internal {

/// One accepted connection: reads requests, asks the service, writes answers, in turn.
class Connection {
public:
    using Socket = boost::asio::ip::tcp::socket;

    Connection(Core& core, Socket socket, std::uint64_t number, std::string peer_address);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Serves until the connection is closed.
    [[nodiscard]] runtime::Task<void> run();

    /// Wakes a wait whose time is over.
    void check_deadline(SteadyTime now);
    /// The server stops: ends what is idle, stalled or lingering.
    void wake_if_idle();

private:
    enum class Direction : std::uint8_t { read, write };
    enum class Wake : std::uint8_t { ready, expired, stopped };
    enum class Got : std::uint8_t { request, refused, expired, nothing };
    // How a wait may be ended from outside.
    enum class Patience : std::uint8_t { finishes, interruptible };

    [[nodiscard]] runtime::Task<Wake> wait(Direction direction, SteadyTime deadline,
                                           Patience patience);
    [[nodiscard]] runtime::Task<void> serve_requests();
    [[nodiscard]] runtime::Task<bool> handshake();
    [[nodiscard]] runtime::Task<std::string> shake_hands();
    void tell_handshake(std::string why);
    [[nodiscard]] runtime::Task<Got> read_request();
    [[nodiscard]] runtime::Task<bool> read_more();
    [[nodiscard]] SteadyTime read_deadline(SteadyTime now);
    [[nodiscard]] runtime::Task<bool> serve();
    [[nodiscard]] runtime::Task<http::Response> ask(http::Request request,
                                                    std::shared_ptr<runtime::LiveAnswer> live);
    [[nodiscard]] bool compose_head(http::Response& response, HeadOptions options,
                                    Misframed& framed);
    [[nodiscard]] runtime::Task<bool> deliver(http::Response response, bool head_request,
                                              bool close);
    [[nodiscard]] runtime::Task<void> deliver_live(http::Response response,
                                                   std::shared_ptr<runtime::BodySource> source);
    [[nodiscard]] runtime::Task<bool> write(std::string_view first, std::string_view second,
                                            http::WireResult* result);
    [[nodiscard]] runtime::Task<bool> write_piece(Piece piece, const http::WirePlan* plan,
                                                  http::WireResult* result);
    [[nodiscard]] runtime::Task<bool> drip(std::string_view body, std::uint64_t rate,
                                           http::WireResult* result);
    [[nodiscard]] runtime::Task<bool> pause(SteadyTime until, http::WireResult* result);
    [[nodiscard]] runtime::Task<bool> settle(Delivery delivery, bool close);
    [[nodiscard]] runtime::Task<void> refuse(Refusal refusal);
    [[nodiscard]] runtime::Task<bool> stall(Duration time, http::WireResult* result);
    [[nodiscard]] runtime::Task<void> linger();
    void reset();
    void ended_by_peer(IoResult::Status status);
    [[nodiscard]] runtime::CallContext context();
    [[nodiscard]] SteadyTime now() const { return core_.scheduler.now(); }
    [[nodiscard]] int descriptor() { return socket_.native_handle(); }

    Core& core_;
    Socket socket_;
    std::unique_ptr<Channel> channel_;
    RequestReader reader_;
    runtime::Inbound inbound_;
    std::list<Connection*>::iterator place_;
    std::string out_;
    ConnectionEnd end_;

    SteadyTime deadline_ = SteadyTime::max();
    SteadyTime head_complete_;
    bool expired_ = false;
    bool waiting_interruptibly_ = false;
};

}  // namespace apilab::server::internal
