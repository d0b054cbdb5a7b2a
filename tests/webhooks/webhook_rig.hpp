#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab {

struct RigOptions {
    std::vector<work::ReceiverEndpoint> endpoints;
    work::ReceiverOptions receiver;
    work::StoreWriterOptions writer;
    server::ServerOptions server;
};

/// A receiver behind our server, with a store on the disk and a way to it.
class WebhookRig {
public:
    explicit WebhookRig(RigOptions options);
    WebhookRig(const WebhookRig&) = delete;
    WebhookRig& operator=(const WebhookRig&) = delete;
    ~WebhookRig();

    [[nodiscard]] http::Url base() const;
    /// Sends all of them at once; the answers' status, 0 where there was none, and body.
    struct Answer {
        int status = 0;
        std::string body;
    };
    [[nodiscard]] std::vector<Answer> send(std::vector<http::Request> requests);
    /// The same while the disk takes nothing until `waiting` of them wait for it.
    [[nodiscard]] std::vector<Answer> send_while_the_disk_is_busy(
        std::vector<http::Request> requests, std::size_t waiting);
    /// One whose body takes two seconds, or longer than anybody waits.
    [[nodiscard]] Answer send_slowly(http::Request request, bool without_end);

    /// What is in the store now.
    [[nodiscard]] std::vector<work::ArchivedEvent> events();
    [[nodiscard]] std::vector<work::Quarantined> quarantined();
    [[nodiscard]] work::JobCounts counts();
    [[nodiscard]] const work::WebhookReceiver& receiver() const { return *receiver_; }
    [[nodiscard]] const work::StoreWriter& writer() const { return *writer_; }

private:
    std::filesystem::path folder_;
    runtime::RealScheduler scheduler_;
    std::unique_ptr<work::SqliteStore> store_;
    std::optional<work::StoreWriter> writer_;
    std::unique_ptr<work::WebhookReceiver> receiver_;
    std::optional<server::Server> server_;
    std::optional<transport::AsioTransport> way_;
};

}  // namespace apilab
