#include "apilab/transport/internal/tls_bio.hpp"

#include <memory>

#include "apilab/transport/internal/socket_io.hpp"

namespace apilab::transport::internal {
namespace {

using Status = IoResult::Status;

SocketState& state_of(BIO* bio) {
    return *static_cast<SocketState*>(BIO_get_data(bio));
}

int write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    auto& state = state_of(bio);
    BIO_clear_retry_flags(bio);
    const IoResult result = send_some(state.socket, {data, size}, {});
    *written = result.bytes;
    state.bytes_sent += result.bytes;
    if (result.status == Status::want_write) {
        BIO_set_retry_write(bio);
    }
    state.failed = state.failed || result.status == Status::failed;
    return result.status == Status::done ? 1 : 0;
}

int read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
    auto& state = state_of(bio);
    BIO_clear_retry_flags(bio);
    const IoResult result = receive_some(state.socket, {data, size});
    *got = result.bytes;
    if (result.status == Status::want_read) {
        BIO_set_retry_read(bio);
    }
    state.ended = state.ended || result.status == Status::end;
    state.failed = state.failed || result.status == Status::failed;
    return result.status == Status::done ? 1 : 0;
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_EOF) {
        return state_of(bio).ended ? 1 : 0;
    }
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "apilab socket");
    if (method != nullptr) {
        BIO_meth_set_write_ex(method, &write);
        BIO_meth_set_read_ex(method, &read);
        BIO_meth_set_ctrl(method, &control);
    }
    return method;
}

struct FreeMethod {
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

}  // namespace

BIO* make_socket_bio(SocketState& state) {
    static const std::unique_ptr<BIO_METHOD, FreeMethod> method(make_method());
    BIO* bio = method == nullptr ? nullptr : BIO_new(method.get());
    if (bio != nullptr) {
        BIO_set_data(bio, &state);
        BIO_set_init(bio, 1);
    }
    return bio;
}

}  // namespace apilab::transport::internal
