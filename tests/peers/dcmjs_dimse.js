// dcmjs-dimse as a program: `node dcmjs_dimse.js scp PORT` or `scu PORT`.
const { Client, Scp, Server, constants, requests, responses } = require("dcmjs-dimse");
const { PresentationContextResult, SopClass, Status } = constants;

class Verification extends Scp {
  associationRequested(association) {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      if (context.getAbstractSyntaxUid() === SopClass.Verification) {
        context.setResult(PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
      } else {
        context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
      }
    }
    this.sendAssociationAccept();
  }

  cEchoRequest(request, answer) {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    answer(response);
  }

  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
}

function echo(port) {
  const request = new requests.CEchoRequest();
  const fail = (error) => {
    console.error(error);
    process.exitCode = 1;
  };
  process.exitCode = 2; // until there is a response
  request.on("response", (response) => {
    process.exitCode = response.getStatus();
  });
  const client = new Client();
  client.on("networkError", fail);
  client.on("associationRejected", fail);
  client.addRequest(request);
  client.send("127.0.0.1", port, "DCMJS-DIMSE", "ANY-SCP");
}

const [role, port] = process.argv.slice(2);
if (role === "scp") {
  new Server(Verification).listen(Number(port));
} else {
  echo(Number(port));
}
