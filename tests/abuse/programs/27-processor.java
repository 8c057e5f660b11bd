// Brings an annotation processor of its own, which would leave a file that the program then finds.
import java.io.File;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.element.TypeElement;

@Deprecated
public class Main {
    @SupportedAnnotationTypes("*")
    public static class Processor extends AbstractProcessor {
        @Override
        public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
            try {
                new File("/box/out/classes/left").createNewFile();
            } catch (java.io.IOException refused) {
                throw new IllegalStateException(refused);
            }
            return false;
        }
    }

    public static void main(String[] args) {
        System.out.println(new File("/app/out/classes/left").exists() ? "the processor ran" : "contained");
    }
}
