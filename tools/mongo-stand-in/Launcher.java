import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;

/**
 * Run as a source file: java -cp 'libraries/*' Launcher.java PORT… Ends when its standard input does.
 * Each port is a server of its own, which waits for no other.
 */
public class Launcher {
    /** Its own MONGO_5_0 states protocol 8; the current Node driver asks for 9 and uses nothing that 8 lacks. */
    static final MongoVersion VERSION = new MongoVersion() {
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        public int getWireVersion() {
            return 9;
        }
    };

    /**
     * One command at a time, its answer a copy. Left to itself it encodes stored documents while others
     * change them in place, and closes the connection of the reader who meets that.
     */
    static class OneByOne extends MemoryBackend {
        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            return super.handleMessage(message).cloneDeeply();
        }
    }

    public static void main(String[] args) throws Exception {
        for (String port : args) {
            new MongoServer(new OneByOne().version(VERSION)).bind("127.0.0.1", Integer.parseInt(port));
        }
        System.out.println("ready " + String.join(" ", args));
        while (System.in.read() >= 0) { /* wait for the parent's end */ }
        System.exit(0);
    }
}
